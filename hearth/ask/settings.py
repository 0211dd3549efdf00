"""Every figure that decides how an answer is made, in one place.

Set by hand and by search on the *tune* half of tests/questions/ only (docs/ask.md says how and
when); the held half was looked at as totals alone.
"""

from __future__ import annotations

# How many passages are fetched from each index, and how many of the best are read sentence by
# sentence.
FETCHED = 60
READ = 18

# A concept with a document frequency above this share of all passages is left out of the full-text
# query when at least two rarer ones are in it: it costs most of the time and moves nothing.
COMMON = 0.12
# A looser companion of a concept ("cold" for "hypothermia") is left out when more passages than
# this have it, for the same reason.
COMPANION = 1500

# Rarity is reckoned as in a collection of at least so many passages: in a handful, every word of
# the one document would count as common.
SMALL = 300

# What a word weighs beside its rarity: one that never decides anything; an everyday word, in no
# heading and in one; any other word that is in no heading. All other words count fully.
LIGHT, EVERYDAY, EVERYDAY_TOPIC, PLAIN = 0.2, 0.25, 0.6, 0.6

# Sentence score: own words, own words by rarity alone, words with their context (title, heading,
# introduction), the passage's own score, closeness of the matched words.
DIRECT, DETAIL, CONTEXT, PASSAGE, CLOSE = 0.20, 0.40, 0.25, 1.00, 0.08
TITLE_WORTH, HEADING_WORTH, KEYWORD_WORTH, INTRO_WORTH, BEFORE_WORTH = 0.85, 0.9, 0.6, 0.9, 0.4

# How much of a title, heading or keyword the question is made of.
HEADED = 0.4

# With an embedding model: what a passage's nearness in meaning to the question is worth, beyond
# what passages on anything have (MiniLM's cosines, or another model's on their scale); the same for
# a sentence. Sentences are embedded for it, of so many passages, only where the words of the best
# part express less than TOLD of the question: it takes as long as everything else together.
SENSE, SENSE_FROM = 2.0, 0.25
LIKENESS, LIKENED, TOLD = 0.5, 3, 0.6

# What a model for ranking counts, for each standard deviation among the passages given to it. Not
# measured with one: none could be had.
RANKED = 0.2

# A heading under which the kind of answer wanted stands.
SECTION = 0.10

# The built-in guide is preferred slightly when equally good; a user's own documents are not
# outranked by it when they answer better.
GUIDE = 0.06
# What a card on somebody who does not breathe is worth more where the question says that: they are
# mostly unconscious as well. Not more, or it would go before the card on what stopped the breath
# (drowning, choking, current), which says how to begin there.
NOT_BREATHING = 0.1
# What a card is worth more whose title names what the signs in the question mean: words of the
# story ("fuel", "fridge") stand in cards on using these things, and must not go before it.
MEANT = 0.3
# And what it weighs at least beside the words of the story.
MEANT_WEIGHT = 1.0
# The best card is read whole if its passage scores at most this much less than the best passage.
NEAR_BEST = 0.25
# Where somebody is hurt, a card on first aid goes first if its passage scores at most so much less.
NEAR_FIRST_AID = 0.7
# Beside that card, parts of others must express so much of the question in their own words.
WHOLLY = 0.9

# Sentences of the passage, and of the document, that the best sentence came from.
SAME_PASSAGE, SAME_DOCUMENT = 0.10, 0.03

# What is worth showing beside the best sentence: the share of its score that a further one must
# reach; the share of its coverage; and both for one of another document.
WORTH_SHOWING, WORTH_COVERING = 0.62, 0.65
# The same where one fact was asked for (a figure, a yes or no, a reason).
WORTH_SHOWING_FACT = 0.72
# A section of a card is quoted whole when its heading is made of the question to this share.
IS_ANSWER = 0.65
OTHER_SHOWING, OTHER_COVERING = 0.80, 0.85
STATEMENTS = 6
ANSWER_WORDS = 170
STEPS_WORDS = 320  # where it is made of whole sections

# Near-duplicates: share of the shorter sentence's stems found in the other.
SAME = 0.72

# In a long question no more than this much weight must be expressed to count as all of it.
# And where all its words together tell less than LEAST, that is what must be expressed.
ENOUGH, LEAST = 1.4, 0.35

# What a word of the table of emergency words weighs at least.
EMERGENCY = 0.25

# How likely a word in small letters that no document has, and that is no everyday word, is a name
# (of a make, a place, a drug). Codes and words with a capital count 1.
UNKNOWN = 0.6

# What is asked for by name must stand in a quote that expresses at least this share of the rest.
ASKED = 0.6

# Verdict: what each figure of `verdict.Grounds` counts, found by logistic regression on the tune
# half and on tests/ask_own_questions.json (answerable or not, with and without corpora beside the
# guide); and from which sum on an answer is shown as weak and as supported.
GROUNDS = {
    "bias": -5.7,
    "part": 0.6,
    "passage": 0.5,
    "top": 2.2,
    "matched": 1.4,
    "emergency": 1.3,
    "about": 0.5,
    "guide": 0.75,
    "asked": 1.4,
    "evidence": 0.6,
    "beyond": -3.5,
    "names": -1.8,
}
WEAK, SUPPORTED = -0.6, 1.3

# The same with an embedding model, fitted on the same questions: `sense` is how near the quoted
# passage is in meaning, `kin` whether the question is like those that documents answer.
GROUNDS_MEANING = {
    "bias": -8.05,
    "part": 0.15,
    "passage": 0.55,
    "top": 1.35,
    "matched": 1.3,
    "emergency": 0.85,
    "about": 0.5,
    "guide": 1.2,
    "asked": 1.35,
    "evidence": 0.95,
    "beyond": -3.05,
    "names": -1.0,
    "sense": 5.4,
    "kin": 6.8,
}
WEAK_MEANING, SUPPORTED_MEANING = 0.5, 1.8

# From so many emergency words on a question is judged by its words alone where that is better.
URGENT = 2

# Where `hearth calibrate` was run: an answer from a corpus is refused, or at most weak, if so small
# a share of the corpus's own questions have theirs no nearer.
REFUSED_STANDING, WEAK_STANDING = 0.01, 0.05

# So far from a deed (in words) what it is done to may stand.
DONE_TO = 4
