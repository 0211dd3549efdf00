"""A table: what turns a statement round."""

from __future__ import annotations

OPPOSITE = """
before : after
above, over, higher, upper : below, under, underneath, beneath, lower
more, greater, further, most : less, fewer, least
longer : shorter
bigger, larger : smaller
increase, rise, raise, go up : decrease, reduce, fall, drop, lower
inside, indoors, indoor, in : outside, outdoors, outdoor, out
on : off
open : shut, close, closed
up, upstairs, upward, uphill : down, downstairs, downward, downhill
hot, warm, heat : cold, cool, chilly
wet, damp : dry
tight, tightly : loose, loosely
fast, quick, quickly, rapidly : slow, slowly
push : pull
gently, softly, lightly : hard, firmly, forcefully, sharply
helpful, help, helps, useful : harmful, harm, harms, useless
left : right
early, earlier, sooner : late, later
first : last
near, nearer, closer : far, away
clean : dirty
clear : cloudy
safe : dangerous, hazardous, unsafe, risky
possible : impossible
conscious, awake : unconscious, asleep
adult : child, baby
start, begin : stop, end, finish
add : remove
tie, tighten, fasten : untie, loosen
lock : unlock
full : empty
better : worse
always : never, sometimes
everyone, everything, all, every : none, nobody, nothing
win : lose
light : heavy, dark
high : low
highest, uppermost, topmost : lowest
nearest, closest : farthest, furthest
biggest, largest : smallest
longest : shortest
hottest, warmest : coldest, coolest
thick : thin
long : short
big, large : small, little
strong : weak
many : few
same : different
front : back
forward, forwards : backward, backwards, back
to : from
into : from
towards, toward : away
upwind : downwind
boiled : unboiled
cooked : raw, uncooked
covered : uncovered
plug : unplug
connect : disconnect
pregnant : unpregnant
often, usually : rarely, seldom
fresh : stale, old
new : old
remember : forget
accept : refuse
allow, permit : forbid, prohibit
sit : stand, lie
lie, lying : stand, walk, walking, upright
flat : upright
gain : lose
north : south
east : west
day : night
man : woman
boy : girl
male : female
lift : lower
minimum : maximum
still, standing, stagnant : moving, flowing, running
little : great
mild, minor, slight : severe, serious, bad
keep, eat, use : discard
moving : motionless
keep, continue : stop
upstream : downstream
alone : pairs, together
begin, start, starting, first : end, ending
other, opposite : same
well, good, properly : badly, poorly, bad
plentiful, plenty : scarce
locked : open, unlocked
front : behind
strengthen : weaken
speed, hasten : slow, delay
wide, broad : narrow
deep : shallow
expand, spread : shrink
tighten : loosen
stay, remain : leave
attach, fasten : detach, unfasten, undo
turn on, switch on : turn off, switch off
inhale : exhale
melt, thaw : freeze
fill : empty, drain
improve : worsen, impair, reduce, lose
prevent : cause, trigger, encourage
protect : expose
hide : show
accept : reject
continue : interrupt
visible : invisible, hidden
quiet, quietly, softly : loud, loudly, noisy
sharp : blunt
rough : smooth
straight : bent, crooked
bend : straighten
bent : straight
sterile, clean : contaminated, dirty
healthy, well : ill, sick
young, younger : old, older
raw : cooked
ordinary, usual : unusual
ignore : follow, heed
inner, inside : outer, outside
near, close, nearby : far, away, distant
natural : artificial
salty : fresh
sweet : salty, bitter
rich : poor
sunny : shady, cloudy
sun : shade
float : sink
rise : sink, fall
trust : distrust
true : false
"""
