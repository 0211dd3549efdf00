"""Tables: what may stand for what, irregular forms.

`SAME` holds words that may stand for each other without changing what is true. It is narrower
than the table of `hearth.ask.synonyms`, which serves finding: there a dog may find what is said
of cats, here it may not be put in its place.
"""

from __future__ import annotations

# Each line is a group; entries of several words are phrases. Only what may be put in the place of
# the other in an instruction that somebody will follow.
SAME = """
begin, start, commence
stop, cease, halt, quit
finish, end
help, aid, assist, assistance
obtain, get, fetch
give, administer, offer
put, place, lay, set
apply, put on, wear
keep, maintain, retain, hold, store, stay, remain
take off, remove, take away, strip off, pull off
take out, remove
get rid of, dispose of, dispose, throw away, throw out, discard, bin, throw, \
thrown away, thrown out, throw them away, throw it away
call, phone, telephone, dial
call for, summon
tell, inform, notify, alert
ask, consult, check with
see a doctor, see doctor, get medical care, get medical advice, get medical help, \
seek medical help, seek medical advice, seek medical care, seek medical attention, \
get medical attention, medical care, medical advice, medical help, medical attention, doctor, \
physician
leave, exit, get out, go out, get out of, evacuate
go back inside, re enter, reenter, go back into, return inside, go back in
go back, come back, return
heat or cold, hot or cold
inspect, examine, check
look, see
choose, pick, select
buy, purchase
wash, clean
rinse, flush
consume, eat
drink, drunk, drank
destroy, kill
harm, hurt, damage, injure
protect, shield
show, display
seem, appear
happen, occur
require, need
produce, generate, create, make
give off, release, emit
result in, lead to, cause, bring about, causing
contain, include
fit, install
turn off, switch off, shut off, turn out, put out
turn on, switch on
lift, raise, elevate
tie, fasten, bind
press, push
squeeze, pinch
drag, pull, tug
heat stroke, heatstroke
heat exhaustion
heart attack
carry, bring
find, locate
watch, monitor, observe, keep an eye on
write down, note down, record, jot down
stick, adhere, cling, stuck
go up, rise, increase
reduce, decrease, lessen, cut down, lower
continue, go on, carry on, keep on
again, once more, another time
repeat, do again
cover, drape
burst, pop
spread, scatter
soak, immerse, submerge
strain, filter
settle, sink
travel, move
rub, massage
suck, suck out
swell, swelling, swollen
breathe, breathing, breath
wait, pause
worsen, worse, get worse, make worse
improve, get better
people, person, somebody, someone, anybody, anyone, patient, victim, casualty, individual, \
everyone, everybody, persons, human, sufferer, personnel, employee, worker, friend
child, kid, children
baby, infant
old person, elderly person, older person, elderly, old people, older people
emergency number, emergency services, emergency service, 999 112 or 911
ambulance, paramedic
home, house
car, vehicle
street, road
pavement, sidewalk
cloth, fabric
cling film, plastic wrap
clothes, clothing, garment
jewellery, jewelry
fluffy, linty
petrol, gasoline
paraffin, kerosene
torch, flashlight
fridge, refrigerator
cellar, basement
residue, remains
pregnant, pregnant woman, pregnant women, pregnant person, pregnant people
power cut, power outage, power failure, blackout, outage
stove, cooker, hob
barbecue, bbq, grill
camping stove, camp stove
tap, faucet
toilet, loo, lavatory
rubbish, garbage, trash, refuse
nappy, diaper
lift, elevator
mobile phone, cell phone, mobile, cellphone
germ, microbe, pathogen
poison, toxin
poisonous, toxic
smell, odour, odor, scent
fumes, vapour, vapor
arm or leg, arm or a leg, limb
arms and legs, limbs
belly, abdomen, stomach, tummy
face, facial
throw up, vomit, be sick, being sick
faint, pass out, fainting, lose consciousness
unconscious, unresponsive, passed out
conscious, awake
dizzy, lightheaded, light headed, dizziness
tired, tiredness, fatigue, exhausted
drowsy, sleepy, drowsiness
pain, ache
fever, high temperature
illness, disease, sickness
ill, sick, unwell, poorly
injury, wound
medicine, medication
tablet, pill
sign, symptom
danger, hazard, risk, peril
dangerous, hazardous, risky
deadly, fatal, lethal
big, large
bigger, larger, biggest, largest
small, little, tiny
quick, fast, rapid, quickly, rapidly, swiftly
slowly, gradually, slow
at once, immediately, straight away, right away, promptly, instantly, urgently, without delay, \
straightaway, now, as soon as you can, as soon as possible
enough, sufficient, adequate
often, frequently, frequent
usually, normally, generally, typically, normal, usual, mostly
near, close to, nearby, next to, beside, close by, nearest to
whole, entire
gently, softly, gentle
firmly, firm
loosely, loose
tight, tightly
lukewarm, tepid
chilly, cold
wet, soaked
cloudy, murky, turbid
dirty, unclean
outdoors, outside, outdoor, out of doors, in the open air
indoors, inside, indoor
diarrhoea, diarrhea
haemorrhage, hemorrhage
paracetamol, acetaminophen, tylenol
adrenaline, epinephrine
carbon monoxide, co
allergic reaction, anaphylaxis
cpr, resuscitation, cardiopulmonary resuscitation
scented, perfumed, fragranced
plain, unscented
mould, mold
household bleach, bleach
rolling boil, boil, boiling
rest, relax
kind, type, sort
part, portion, piece
amount, quantity
dose, dosage
strength, concentration
lid, cap
bag, sack
room, rooms
test, try out
twice, double, two times
three times, triple
hit, strike, knock
lie, lying, lay down, lie down, lying down
sit, sitting, sit down, seat, seated
crawl, creep
area, place, spot
change, replace, swap, exchange
count on, plan for, allow for, reckon with
enter, go into, get into
extinguish, blow out
catch fire, catches fire, burst into flame, burst into flames, go up in flames, ignite
properly, correctly
further, more, additional, extra, greater
difficult, hard
hard, forcefully
chance, likelihood
main, chief
younger, under the age of
aged, old
permit, allow, let
forbid, prohibit
warn, warning, caution
burn, burnt, burned
freeze, frozen, freezing
break, broken
bite, bitten, bit
sting, stung
choke, choking
swallow, swallowed, ingest
tear, rip, torn
hide, conceal
shut, close
expert, professional
engineer, technician
supply, supplies
food, foods
fire service, fire brigade, fire department, firefighters
police, police officer
neighbour, neighbor
colour, color
grey, gray
litre, liter
fibre, fiber
centre, center
sterilise, sterilize
disinfect, sanitise, sanitize
recognise, recognize
insulate, lag
signal, sign
landslide, mudslide
hurricane, typhoon, cyclone
earthquake, quake
tsunami, tidal wave
candle, candles
match, matches
radio, radio set
recover, get well
nail polish, nail varnish
rely, depend
contact lens, contact lenses
operation, surgery
tin, cans, canned, tinned
shaking, shake
prohibited, forbidden
rescue, save
rescuer, rescue service, rescue worker, rescue personnel
health worker, health care worker, healthcare worker, medical personnel, medical worker
emergency worker, emergency personnel, emergency responder
aid worker, relief worker
social worker
alone, by themselves, on their own, by yourself, on your own, unattended
far, far away, well away, away
thick, dense
direct, straight
empty, drain
fill, fill up
correct, right
wrong, incorrect
die, perish
shock, go into shock
itch, itchy
stay away, keep away, keep clear
move away, get away
use, utilise, utilize, employ, operate, run
combine, mix, blend
secure, fasten, tie
unplug, disconnect
sit up, sit upright
diabetic, diabetes, person with diabetes, people with diabetes
feverish, fever
bleeding, bleed, blood loss
infected, infection
swelling, swell
breathless, breathlessness, short of breath, shortness of breath
confused, confusion
weakness, weak
numbness, numb
pale, paleness
sweat, sweating, sweaty
shiver, shivering
advise, recommend, suggest
attempt, try
entire, whole, all
united kingdom, uk
united states, usa
outer, outside
suitable, right
"""

IRREGULAR = """
drink drank drunk : add adds added adding : hold held : keep kept : take took taken :
give gave given : leave left : lose lost : go went gone : begin began begun : burn burnt :
break broke broken : freeze froze frozen : swell swollen : stick stuck : tell told :
feel felt : find found : make made : send sent : tear tore torn :
wear wore worn : write wrote written : rise rose risen :
fall fell fallen : grow grew grown : draw drew drawn : drive drove driven : eat ate eaten :
wake woke woken : foot feet : tooth teeth : child children : woman women : man men : knife knives :
bite bit bitten : sting stung : bleed bled : breathe breath : hide hid hidden : see saw seen :
know knew known : bind bound : bring brought : buy bought : build built : catch caught : choose
chose chosen : come came : cut cut : feed fed : fight fought : fly flew flown : forget forgot
forgotten : get got gotten : hear heard : hurt hurt : lie lay lain : mean meant : melt molten :
ring rang rung : run ran : say said : seek sought : shake shook shaken : shut shut : sink sank
sunk : sit sat : sleep slept : speak spoke spoken : spread spread : stand stood : steal stole
stolen : swim swam swum : teach taught : think thought : throw threw thrown : wind wound_up :
wet wetted : light lit : lead led : set set : smell smelt : spill spilt : spoil spoilt : leaf
leaves : cool cooler coolest : warm warmer warmest : hot hotter hottest : cold colder coldest :
dry drier driest : safe safer safest : clean cleaner cleanest :
dirty dirtier dirtiest : loud louder loudest : deep deeper deepest :
dark darker darkest : light lighter lightest :
bright brighter brightest :
strong stronger strongest :
weak weaker weakest : small smaller smallest : sun sunny : old older oldest :
young younger youngest :
heavy heavier heaviest : person people persons :
half halves : life lives : loaf loaves : worse worst
"""
