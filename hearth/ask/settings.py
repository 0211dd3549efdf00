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

# What a word weighs beside its rarity: one that never decides anything; an everyday word, in no
# heading and in one; any other word that is in no heading. All other words count fully.
LIGHT, EVERYDAY, EVERYDAY_TOPIC, PLAIN = 0.2, 0.25, 0.6, 0.6

# Sentence score: own words, words with their context (title, heading, introduction), the
# passage's own score, closeness of the matched words.
DIRECT, CONTEXT, PASSAGE, CLOSE = 0.40, 0.30, 0.35, 0.08
TITLE_WORTH, HEADING_WORTH, KEYWORD_WORTH, INTRO_WORTH, BEFORE_WORTH = 0.85, 0.9, 0.6, 0.9, 0.4

# A heading under which the kind of answer wanted stands.
SECTION = 0.10

# The built-in guide is preferred slightly when equally good; a user's own documents are not
# outranked by it when they answer better.
GUIDE = 0.06

# Sentences of the passage, and of the document, that the best sentence came from.
SAME_PASSAGE, SAME_DOCUMENT = 0.10, 0.03

# What is worth showing beside the best sentence: the share of its score that a further one must
# reach; the share of its coverage; and both for one of another document.
WORTH_SHOWING, WORTH_COVERING = 0.62, 0.60
OTHER_SHOWING, OTHER_COVERING = 0.80, 0.85
STATEMENTS = 6
ANSWER_WORDS = 150

# Near-duplicates: share of the shorter sentence's stems found in the other.
SAME = 0.72

# Verdict, from the share of the salient concepts' weight expressed by what is quoted together
# with its headings.
SUPPORTED, WEAK = 0.62, 0.40

# In a long question no more than this much weight must be expressed to count as all of it.
# And where all its words together tell less than LEAST, that is what must be expressed.
ENOUGH, LEAST = 1.4, 0.35

# What a word of the table of emergency words weighs at least.
EMERGENCY = 0.25

# What is taken off for each word that is probably a name (of a make, a place, a drug) and stands in
# no document; how likely an unknown word in small letters is one; and at most, for all of them.
NAME, UNKNOWN, NAMES = 0.25, 0.6, 0.5

# What is taken off when the thing asked for is not named, when the question is about what is only
# true here and now, when the kind of thing asked for is missing, and when nothing that was asked is
# what the quoted section is about.
NOT_NAMED, ELSEWHERE, NO_EVIDENCE, BESIDE = 0.25, 0.45, 0.5, 0.2
