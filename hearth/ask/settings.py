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

# Sentence score: own words, words with their context (title, heading, introduction), the
# passage's own score, closeness of the matched words.
DIRECT, CONTEXT, PASSAGE, CLOSE = 0.45, 0.30, 0.25, 0.08
TITLE_WORTH, HEADING_WORTH, KEYWORD_WORTH, INTRO_WORTH, BEFORE_WORTH = 0.85, 0.9, 0.6, 0.9, 0.4

# The built-in guide is preferred slightly when equally good; a user's own documents are not
# outranked by it when they answer better.
GUIDE = 0.06

# Sentences of the passage, and of the document, that the best sentence came from.
SAME_PASSAGE, SAME_DOCUMENT = 0.10, 0.03

# What is worth showing beside the best sentence, as a share of its score.
WORTH_SHOWING = 0.62
STATEMENTS = 6
ANSWER_WORDS = 150

# Near-duplicates: share of the shorter sentence's stems found in the other.
SAME = 0.72

# Verdict, from the share of the salient concepts' weight expressed by what is quoted together
# with its headings.
SUPPORTED, WEAK = 0.62, 0.40
