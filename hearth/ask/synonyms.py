"""Words that mean the same in an emergency, and words that carry no meaning in a question.

One group a line. Left of `~` every entry stands for every other, in questions and passages alike.
Right of it stand looser companions: a question with a word of the left also finds them, at less
weight, never the other way round. Entries of several words are phrases. Nothing here knows any
particular document or question: it is what British and American households call the same thing,
and what a frightened person says for what a manual says.
"""

from __future__ import annotations

from hearth.ask.words import among

GROUPS = """
water
food, eat, eating, meal
fridge, refrigerator, refrigeration, icebox ~ freezer, chilled food
freezer, deep freeze, frozen food ~ fridge
boil, boiling, rolling boil
carbon monoxide, co ~ fumes, exhaust, odourless gas, odorless gas
power cut, power outage, power failure, blackout, outage, no power, no electricity, power is \
out, power is off, power off, power out, power went out, power goes out, lost power, lights out, \
electricity is off, electricity off, electricity out, without power, without electricity, grid \
down, electricity goes, electricity went, power gone, leccy ~ electricity, power
electricity, electric, electrical, power, mains
torch, flashlight, hand lamp ~ light, headlamp
toilet, loo, lavatory, latrine, bathroom, restroom, wc, potty ~ sanitation, human waste, bucket
poo, poop, pooping, faeces, feces, stool, excrement, human waste, bowel movement ~ toilet, \
latrine
pee, peeing, urine, wee, urinate, urination
diarrhoea, diarrhea, the runs, the shits, the squits, the trots, stomach bug, tummy bug, loose \
stool, watery stool ~ dehydration, rehydration
nappy, diaper, nappies
vomit, vomiting, throw up, throwing up, threw up, puke, puking, being sick, be sick
unconscious, passed out, pass out, faint, fainted, fainting, collapsed, collapse, unresponsive, \
not responding, wont wake up, won't wake up, not waking, knocked out
baby, infant, newborn, babies, bub ~ child
child, kid, toddler, children, kids, daughter, son, little one, boy, girl ~ baby
elderly, older people, older person, older adult, old people, old person, grandma, grandmother, \
granny, gran, nan, grandad, grandpa, grandfather, old man, old woman, senior, pensioner
pregnant, pregnancy, expecting ~ birth, labour, labor
birth, giving birth, childbirth, labour, labor ~ pregnant, midwife
disabled, disability, disabilities, wheelchair, mobility
heart attack, cardiac arrest ~ chest pain, heart stopped
chest pain, chest hurts, pain in chest, pains in chest, tight chest, chest tight ~ heart attack
stroke ~ face drooping, slurred speech
cpr, resuscitation, chest compression, chest compressions, not breathing, stopped breathing, \
isnt breathing, isn't breathing ~ rescue breath, breathing
breathe, breathing, breath, breathless
choke, choking, choked, chocking, airway blocked, something stuck in throat ~ back blow, \
abdominal thrust
blood pressure, high blood pressure, hypertension
bleed, bleeding, blood, haemorrhage, hemorrhage, gushing ~ wound, tourniquet, pressure
wound, gash, laceration, graze, deep cut ~ bleeding, cut
burn, burns, burnt, burned, scald, scalded, scalding
broken bone, fracture, broken leg, broken arm, broken wrist, broken ankle, fractured ~ splint, \
broken
sprain, sprained, twisted ankle
fever, feverish, febrile, running a temperature, has a temperature
high temperature ~ fever
seizure, having a fit, fits, convulsion, convulsions, epileptic, epilepsy
poison, poisoned, poisoning, toxic ~ overdose, swallowed
swallowed, swallow, drank, drunk, ingested, swallows, ate ~ poisoning
allergic, allergy, anaphylaxis, anaphylactic, epipen ~ swelling
bite, bitten, bit
sting, stung, stings
hypothermia, too cold, freezing cold, body temperature ~ shivering, cold
frostbite, frostbitten, frost bite, frost nip, frostnip
heatstroke, heat stroke, sunstroke, sun stroke ~ heat exhaustion
heat exhaustion, overheated, overheating, too hot ~ heat stroke
dehydration, dehydrated, rehydration, dried out, hasnt had a wee, not had a wee, not peeing, not \
weeing, no urine ~ thirst
medicine, medication, medicines, meds, drugs, tablets, pills, prescription
warfarin, metformin, levothyroxine, thyroxine, amlodipine, ramipril, bisoprolol, lisinopril, \
digoxin, prednisolone ~ medicine
tetanus, lockjaw ~ wound, cut
insulin ~ diabetes, medicine
low blood sugar, hypo, hypoglycaemia, hypoglycemia, hypos ~ diabetes, sugar
crushed, crush injury, pinned
suspicious package, bomb, unexploded bomb
violence, domestic violence, domestic abuse, abusive, violent
rape, raped, raping, sexual assault, sexually assaulted, sexually abused, molested, groped
intruder, burglar, burglars, burglary, intruders, break in, breaking in, broke in, prowler, \
home invasion
diabetes, diabetic ~ insulin, blood sugar
painkiller, painkillers, pain relief, paracetamol, acetaminophen, tylenol, ibuprofen
oxygen concentrator, oxygen machine, cpap, ventilator, medical device, home oxygen ~ oxygen
dialysis
petrol, gasoline, fuel, diesel ~ gas
paraffin, kerosene
natural gas, gas leak, smell gas, smell of gas, gas smell, smells of gas, leaking gas
generator, genny, gen set, genset
stove, cooker, hob, camp stove, camping stove, grill, barbecue, bbq, charcoal, hibachi ~ cooking
cook, cooking, cooked
heater, space heater, furnace, radiator, wood burner, central heating, heating system ~ warm, heat
candle, candles
warm, warmth, keep warm, stay warm ~ insulation, layer
cool, cooling, keep cool, stay cool
heatwave, heat wave, extreme heat, hot weather
cold, freezing, cold weather, winter
flood, flooding, flooded, flash flood, floods
floodwater, flood water, floodwaters, flood waters ~ flood
storm, hurricane, tropical storm, typhoon, cyclone, gale
tornado, twister, funnel cloud
thunderstorm, lightning, thunder
earthquake, quake, tremor, aftershock
wildfire, bushfire, forest fire, wild fire, bush fire, brush fire, grass fire ~ smoke
smoke, smoky, wildfire smoke, fumes ~ mask
fire, house fire
tsunami, tidal wave
landslide, mudslide, debris flow
thin ice, through the ice
blizzard, snowstorm, winter storm, snow storm, snowed in ~ snow
evacuate, evacuation, evacuating, evacuated, leave home, get out, bug out ~ go bag
go bag, grab bag, bug out bag, emergency kit, survival kit, supply kit, disaster kit, emergency \
bag, emergency supplies
shelter in place, stay indoors, stay inside, seal the room ~ shelter
nuclear, radiation, radioactive, fallout, nuke, nukes, atom bomb, atomic bomb, nuclear bomb, \
dirty bomb, mushroom cloud
chemical spill, chemical, chemicals, hazardous material, hazmat
fumes at home, mixed cleaners, mixed chemicals ~ fumes, chemical
bleach, chlorine bleach, household bleach, sodium hypochlorite, chlorine ~ disinfect
disinfect, disinfection, sanitise, sanitize, sterilise, sterilize, purify, purification, \
decontaminate
drinking water, potable water, potable, water to drink, drink water, drinkable, safe to drink, \
make water safe, clean water ~ disinfect
tap water, tap, faucet, mains water
well, well water, borehole
boiler, water heater, hot water tank, hot water cylinder, immersion heater
rainwater, rain water, rain barrel, water butt
ration, rationing
canned food, canned goods, tinned food, tins, tinned
spoiled, spoilt, gone off, go off, rotten, spoil, bad food, still safe to eat, still good ~ \
throw away
throw away, throw out, discard, bin, chuck, dispose, get rid
rubbish, garbage, trash, refuse, bin bag ~ waste
nappy rash, diaper rash
breastfeed, breastfeeding, breast feeding, nursing
formula, baby formula, infant formula, baby milk
mobile phone, cell phone, cellphone, mobile, smartphone, phone, telephone ~ battery
charge, charging, recharge, power bank, powerbank
battery, batteries
radio, ham radio, amateur radio, two way radio, walkie talkie, walkie-talkie, cb radio, \
transceiver
message, message form, radiogram
morse, morse code
pet, pets, dog, cat, animal companion
livestock, cattle, cows, sheep, horses, farm animals
panic attack, panicking, panic, anxiety, anxious, hyperventilating ~ calm, distress
distress, upset, traumatised, traumatized, trauma, scared, frightened, afraid, terrified, stress \
~ calm
suicide, suicidal, kill myself, killing myself, end my life, end it all, hurt myself, \
harm myself, want to die, wants to die, wish i was dead, dont want to live, \
no reason to live, kill himself, kill herself, cut myself ~ crisis
dead, dead body, died, corpse, death, dead person
mould, mold, mildew ~ damp
wet, soaked, damp
car, vehicle, motor, truck, van ~ drive
stuck, trapped, stranded
lift, elevator
pavement, sidewalk
mains valve, shut off, turn off, switch off, turning off, stopcock, stop cock
window, windows
mask, respirator, n95, ffp2, face mask
hand washing, wash hands, handwashing, washing hands, hand sanitiser, hand sanitizer
blanket, sleeping bag, duvet, quilt
doctor, gp, medical help, ambulance, hospital, 911, 999, 112, emergency services ~ professional
prevent, avoid, prevention
store, storing, storage, stockpile, stock
last, keep, stay good, stay safe, stay cold
rescue, rescued, rescuers ~ signal
signal, signalling, signaling, sos, attract attention
snake, snakes, snakebite, snake bite, viper, adder, copperhead, rattlesnake, rattler, cottonmouth, \
cobra
spider, spiders
tick, ticks
rabies, rabid
infected, infection, septic, sepsis, pus
shock, in shock
eye, eyes
tooth, teeth, toothache, dental
asthma, asthmatic, inhaler, wheezing
drown, drowning, drowned, near drowning
electrocuted, electrocution, electric shock, downed line, power line, power lines, live wire, \
wire down, wires down, line down, lines down, cable down, fallen wire, electric wire, fallen cable
head injury, concussion, hit head, hit his head, hit her head, hit my head, banged head
nosebleed, nose bleed, bleeding nose
splinter, something stuck in
altitude, high altitude, elevation, mountains
cloudy water, murky, dirty water, muddy water, cloudy
sea water, seawater, salt water, saltwater
period, menstrual, menstruation, tampon, sanitary pad, sanitary towel
smell, stink, smells, odour, odor
dose, dosage
colour, color
litre, liter, litres, liters
metre, meter
grey water, gray water, greywater
aluminium foil, tin foil, foil
windscreen, windshield
plaster, band aid, adhesive bandage
dressing, bandage, gauze
hospital, emergency room, casualty, a and e
neighbour, neighbor, neighbours, neighbors
"""

# Dropped from a question: they say how it is asked, not what about.
STOP = among(
    """a about above actually after again all also although always am an and another any anybody
    anyone anything anyway are aren around as asap at away b be because been before being
    both but by c can cannot could couldn d did didn do does doesn doing don done down dont
    dunno during e each either else em er etc even ever every everyone everything f few for
    from g get gets getting go goes going gonna got gotta guys h had hadn has hasn have
    haven having he hello help her here hers hey hi him himself his how however i if ill im
    in into is isn it its itself ive j just k kind l let like ll m made make makes making
    many may maybe me mean might mine more most much must my myself n need needed needs
    neither never no nor not now o of off ok okay on once one ones only or other our ours
    out over own oh omg p person people please pls plz possible put q question quick quickly
    quite r rather re really right s said same say see seem she should shouldn since so some
    somebody someone something sometimes soon sort still such suppose sure t take tell than
    thank thanks that the their theirs them themselves then there these they thing things
    think this those through till to today tomorrow tonight too try trying u under until up
    ur urgent urgently us v very w want wanted was wasn way we well went were weren what
    whats without when where whether which while who whom whose why will with wondering work
    works would wouldn x y yes yesterday yet you your yours z im cant wont isnt doesnt didnt
    arent wasnt youre theres heres nite says saying per hes shes weve theyve theyre wants
    anymore everywhere somewhere anywhere til morning tonite theyll youll itll wouldnt
    couldnt shouldnt hasnt havent wasnt werent aint aswell thats whos hows lets nobody none
    soon straight away ever since yep nope tho thru teh n aswell cos coz bc wat wot dunno
    kinda lol tbh ok"""
)

# Kept, but they tell little: they never decide whether a question is answered.
LIGHT = among(
    """husband wife mum mom mother dad father sister brother friend partner boyfriend girlfriend
    aunt uncle neighbour neighbor family monday tuesday wednesday thursday friday saturday
    sunday morning evening afternoon night day days week weeks hour hours minute minutes
    month months year years time home house flat apartment room place use using used start
    started begin good bad best better worst big small little large new old hot long far
    often far first last next back happen happens happened live lives living feel feeling
    feels look looks looking know find found give given keep keeping leave left stay safe
    safely emergency problem disaster crisis situation lot lots list son daughter kid kids
    gran granny nan nana grandma grandmother grandad grandfather grandpa pensioner number
    able allowed ask answer advice advise come came turn show explain information info
    instructions step steps step-by-step correct proper properly normal normally usually two
    three four five six ten half dozen deal cure fix matter mean means happening kind type
    types whole man woman guy lady lying sitting standing"""
)


# Where one of these is asked about, the answer is about it or is none: money, law, makes, people in
# office, what machines display. Passages that merely share the rest of the question do not count.
DECISIVE = among(
    """insurance insurer insured tax taxes legal illegal law laws lawyer solicitor sue rent
    landlord tenant refund compensation warranty guarantee price prices cost costs cheapest
    expensive brand lumens mayor president minister magnitude population recipe password
    wifi reset code reboot permit fine licence passport visa salary mortgage loan
    subscription score winner champion lyrics translate spanish french german film movie
    episode season album actor actress programming python javascript software excel website
    app homework essay letter reliable mileage resale opening timetable schedule forecast
    bus train flight ticket tickets election vote"""
)

# What somebody asks how to do, and any advice on the rest of the question answers.
ANY_DEED = among(
    """avoid check cope cure deal escape feel find give handle help keep know leave live look manage
    plan prepare prevent protect react recognise recognize respond see spot stay survive tell treat
    use"""
)

# What a question's facets say already; dropped where anything else is left.
INTENT = among(
    """treat treatment treated treating sign signs symptom symptoms cause causes reason reasons
    help first aid procedure instruction instructions"""
)


def groups() -> list[tuple[list[str], list[str]]]:
    """(entries that stand for each other, looser companions) of every group."""
    found = []
    for line in GROUPS.strip().split("\n"):
        same, _, loose = line.partition("~")
        found.append((_entries(same), _entries(loose)))
    return found


def _entries(part: str) -> list[str]:
    return [entry for entry in (piece.strip() for piece in part.split(",")) if entry]
