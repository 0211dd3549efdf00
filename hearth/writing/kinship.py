"""A table: words that may stand for another without standing for whatever that stands for."""

from __future__ import annotations

# Beside `SAME`: a word may be in several of these, so that "fatal" stands for "kills" and for
# "deadly", which do not stand for each other.
ALSO = """
fatal, kill, die
build, make
construct, build
construct, make
save, conserve
leave, let
leave, stand
sight, vision
get rid of, remove
get rid of, take off
blow out, put out
extinguish, put out
snuff out, put out
medication, medicine
lethal, kill
deadly, kill
take, bring
limb, part
dim, turn down
rest, lie down
get worse, increase
mother, breastfeed
nursing, breastfeed
beneath, under
below, under
respond, unresponsive
possible, available
sink, settle
thaw, warm
rewarm, warm
reheat, warm
thaw, rewarm
grasp, grip
treat, cure
improve, better
improvement, better
fatality, die
death, die
death, kill
collapse, faint
ground, floor
surgery, operate
vomit, nausea
nausea, feeling sick
nausea, feel sick
hurt, pain
painful, pain
sore, pain
thirst, thirsty
dehydrate, dehydration
choke, choking
poison, poisonous
infect, infection
infect, infected
shelter, sheltered
shade, shady
freeze, ice
frozen, ice
melt, thaw
add, put
add, mix
place, put
insert, put
apply, put
apply, press
pressure, press
apply, place
perform, give
perform, do
do, give
begin, start
clear, remove
cover, protect
flood, flooding
flood, flooded
instruct, tell
order, tell
advise, tell
direct, tell
inform, tell
sink, go down
supervise, watch
watch, look
attend, stay
accompany, stay
speak, talk
say, tell
tell, warn
official, authority
authority, officials
dispose, put
handle, touch
contact, call
ring, call
telephone, call
hold, grip
hold, press
keep, leave
fracture, broken bone
fracture, break
broken, injured
injured, hurt
sterile, clean
safe, clean
purify, disinfect
treat, disinfect
treated, disinfected
power, electricity
electricity, current
mains, power
heal, recover
reply, respond
answer, respond
lose, loss
swell, swollen
urine, urinate
pass urine, urinate
bag, container
bottle, container
can, container
allow, let
symptom, illness
tablet, medicine
pill, medicine
internal, inside
photo, photograph
picture, photograph
expiry, use by
inhale, breathe
inhaled, breathed
confine, shut in
observe, watch
monitor, watch
elevator, lift
cat litter, litter
mattress, bedding
wool, woollen
hospital, medical help
clinic, doctor
physician, doctor
gp, doctor
operator, call handler
dispatcher, call handler
fire crew, firefighter
crew, firefighter
relative, family
elderly, old
senior, old
older, old
infant, newborn
pram, pushchair
rug, carpet
couch, furniture
sofa, furniture
rag, cloth
towel, cloth
material, cloth
gauze, dressing
plaster, dressing
bandage, dressing
wind, draught
sewage, dirt
waste, faeces
poo, faeces
faint, dizzy
blackout, faint
soak, wet
drench, wet
moist, damp
humid, damp
chill, cool
refrigerate, cool
refrigeration, fridge
frozen, freezer
fuse, breaker
socket, plug
outlet, socket
cable, wire
cord, cable
flow, run
travel, spread
travel, run
stream, river
creek, stream
ocean, sea
sidewalk, path
yard, garden
attic, loft
storey, floor
ceiling, roof
torch, lamp
lantern, lamp
beep, sound
go off, sound
hear, sound
appear, get
develop, get
continue, last
persist, last
continue, keep
spread, grow
multiply, grow
swell, swelling
bleed, blood
stop, prevent
blink, eye
peel, pull
pull, remove
scrub, clean
wipe, clean
disinfect, clean
sanitise, clean
sanitise, disinfect
dampen, wet
dampen, damp
moisten, wet
cook, heat
heat, warm
reheat, heat
spoil, bad
rotten, spoil
mouldy, mould
moldy, mould
underfed, starve
hungry, starve
starve, hunger
thirsty, thirst
sip, drink
beverage, drink
fluid, drink
liquid, drink
fluid, liquid
meal, food
snack, food
groceries, food
infant formula, formula
powdered, powder
dose, amount
repeat, again
crawl, move
flee, leave
escape, leave
evacuate, leave
evacuation, leave
depart, leave
walk, go
move, go
visible, see
visible, seen
visit, see
visit, go
attend, go
confirm, say
declare, say
announce, say
state, say
advise, say
recommend, say
ask, tell
explain, tell
forecast, warn
siren, warning
alert, warning
severe, bad
severe, strong
serious, bad
intense, strong
powerful, strong
extreme, great
extreme, strong
sturdy, strong
solid, strong
robust, strong
tough, strong
violent, strong
heavy, strong
major, large
huge, large
mild, slight
brief, short
briefly, short
rapid, fast
quick, fast
sudden, fast
slight, little
slightly, little
steady, slow
harmful, harm
hazard, danger
safely, safe
safety, safe
silent, quiet
calm, quiet
relax, calm
reassure, calm
comfort, calm
nearest, near
closest, near
close, near
adjacent, near
centre, middle
center, middle
core, middle
bottom, low
beneath, low
lowest, low
upstairs, upper
trace, remains
ambulance, emergency number
eyelid, lid
residue, remain
"""
