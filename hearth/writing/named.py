"""Words that name a thing: what a sentence can be about, and what can be put in its place.

One that the source does not have is never taken for a mere manner of speaking, wherever it stands
in a statement (`checks.py`).
"""

from __future__ import annotations

from hearth.ask.words import among

_PEOPLE = among(
    """adult ambulance aunt baby boss boy brother builder carer child children chemist clinic
    council cousin crew daughter dentist doctor driver electrician elder employer engineer
    enemy family father fireman firefighter friend girl government grandmother grandparent
    guest helper hospital husband infant kid lawyer lifeguard man men midwife minister
    mother neighbour neighbor nurse officer operator owner paramedic parent parents
    passenger patient pharmacist pharmacy plumber police pregnant professional relative
    rescuer sailor school sister soldier son specialist stranger student surgeon teacher
    teenager toddler tourist traveller vet vegetarian victim visitor wife woman women
    worker"""
)
_BODY = among(
    """abdomen ankle arm arms back armpit belly blister blood body bone brain breast breastbone
    buttock calf cheek chest chin ear elbow eye eyelid eyeball face faeces feet finger
    fingernail foot forehead gland groin gum gut hair hand head heart heel hip jaw joint
    kidney knee knuckle leg limb lip liver lung mouth muscle navel neck nerve nose nostril
    organ palm pelvis pulse rib scalp shin shoulder skeleton skin skull spine spleen
    stomach stool thigh throat thumb toe toenail tongue tooth teeth trunk urine vagina
    vein waist wrist nail"""
)
_ILLS = among(
    """abscess allergy anaphylaxis arthritis asthma bleeding bruise burn cancer cardiac cholera
    concussion constipation cramp dehydration dementia depression diabetes diarrhoea
    diarrhea disease dysentery earthquake epilepsy fever flood flu fracture frostbite
    graze haemorrhage headache heatstroke hepatitis hiccup hypertension hypothermia
    infection influenza injury lockjaw malaria measles migraine nausea nosebleed overdose
    pain panic poisoning pneumonia rabies rash scald scurvy seizure sepsis shock splinter
    sprain stroke suicide sunburn sunstroke swelling tetanus thirst trauma tumour typhoid
    ulcer vomit vomiting wound"""
)
_STUFF = among(
    """acetaminophen acid adrenaline air alcohol alkali ammonia antibiotic antibiotics antidote
    antihistamine antiseptic antivenom ash aspirin bacteria beer bleach brandy bread
    butter caffeine calcium carbon cement charcoal chemical chlorine chocolate cider clay
    coal coffee conditioner copper cotton cream detergent diesel disinfectant dirt dust
    epinephrine ethanol fat fibre flour foam food formula fruit fuel fume fumes garlic gas
    gasoline gel germ glass glucagon glucose glue grain grass gravel grease gunpowder hay
    heat herb honey ibuprofen ice insulin iodide iodine jelly juice kerosene leaf leaves
    lime lotion manure meat medicine medication mercury metal meat methanol milk mineral
    moss mould mold mud naloxone nicotine nylon oil ointment oxygen paint painkiller paper
    paracetamol parasite paste petrol petroleum pesticide pill plaster plastic poison
    polythene powder propane protein rice rubber rum rust salt sand sawdust serum sewage
    shampoo silk silt smoke snow soap soda soil soup spirit spore steam steel stone sugar
    sulphur sunscreen syrup tar tea toothpaste tobacco turpentine urine vaccine vapour
    varnish vaseline vegetable venom vinegar virus vitamin vodka water wax whisky wine
    wood wool yeast yoghurt"""
)
_TOOLS = among(
    """accumulator adapter aerial alarm antenna appliance aspirator axe bag balloon bandage
    barbecue barrel basin basket bath battery bed bedding belt bicycle bike blade blanket
    blood boat boiler bolt book boot bottle bowl box bracelet brick broom brush bucket
    bulb bus cabinet cable cage camera can candle canister canoe cap car card cardboard
    carpet cart case cash charger chair chimney clamp clock cloth clothes clothing coat
    collar compass computer conditioner container cooker cord cot crutch cup curtain
    cushion cutlery dehumidifier defibrillator desk diaper door drawer dressing drum
    engine envelope exhaust extinguisher fan faucet fence filter fireplace flag flame
    flare flashlight fork freezer fridge funnel furnace furniture fuse garment gauze
    generator glass glasses glove goggles grill gun hammer handkerchief hat heater
    helicopter helmet hose hook inhaler injector instrument jack jacket jar jewellery jug
    kettle key keyboard knife knot ladder ladle lamp lantern laptop leash lens lid lighter
    luggage mask mask mat mattress medicine meter microwave mirror mitten motor motorcycle
    mug muzzle nail napkin nappy needle net newspaper nozzle oar oven packet pad pan pants
    parachute peg pen pencil phone photograph pillow pin pipe plane plate plug pole pot
    pram pump radiator radio raft rag rail razor refrigerator rope rug sack saddle sandbag
    saucepan saw scarf scissors screen screwdriver sheet ship shirt shoe shovel shower
    sieve sink siren sling soap socket sock sofa spade spacer spade spanner spear splint
    sponge spoon spray stake stove strap straw string stretcher suit syringe table tablet
    tank tap tape tarpaulin telephone television tent thermometer tie tile tin tissue
    toilet tool toothbrush torch tourniquet towel toy tractor trailer train trap tray
    trolley trousers truck tube tweezers tyre umbrella underwear utensil vacuum valve van
    vase vehicle ventilator vent vest wagon wallet wardrobe washer wheel wheelchair
    whistle windscreen wire wiring zip"""
)
_PLACES = among(
    """apartment attic balcony barn basement bathroom bay beach bedroom bench boat bridge
    bush cabin camp canal canyon caravan cave ceiling cellar church city clearing
    cliff closet coast corner corridor country court creek cupboard desert ditch doorway
    embankment factory farm field floor forest garage garden gate gutter hall harbour hill
    hilltop hole hostel hotel inn island kitchen laboratory lake latrine lawn
    library loft lounge market meadow mine mountain museum office overpass park path
    pavement peak pit plain pond pool porch port prison pub puddle railway reef ridge
    river road roof sea sewer shed shop shore slope stable stair stairs stairwell
    station stream street substation supermarket swamp table tent terrace town tower tree
    tunnel valley village volcano wall warehouse waterfall well window wood yard"""
)
_NATURE = among(
    """adder animal ant bat bee beetle bird bull cat cattle chicken cow crab crocodile deer dog
    donkey elephant ferret fish flea fox frog goat goose hamster hen horse insect
    jellyfish lamb lion lizard louse mammal mice midge monkey mosquito mouse oyster parrot
    pet pig pigeon plant poultry rabbit raccoon rat rodent salmon scorpion shark sheep
    shellfish shrimp skunk slug snail snake spider squirrel tick tiger tortoise turkey
    turtle wasp whale wolf worm avalanche blizzard cloud dawn drought dusk eclipse fog
    frost gale hail hurricane landslide lava lightning moon mudflow rain rainbow river
    storm summer sun sunset thunder thunderstorm tide tornado tsunami twilight wave
    wildfire wind winter autumn earthquake eruption explosion fallout fire flood flash
    morning afternoon evening night noon midnight today tomorrow yesterday monday tuesday
    wednesday thursday friday saturday sunday january february april june july august
    september october november december"""
)
_FOODS = among(
    """apple banana barley bean beans beef berry biscuit cabbage cactus cake carrot cereal cheese
    cherry corn cream cucumber dessert egg eggs fish flour grape ham jam leftovers lemon
    lettuce margarine maize melon mushroom noodles nut nuts oat onion orange pasta pea
    peanut pear pepper pork potato raisin salad sandwich sauce sausage seafood seaweed
    seed snack spinach squash strawberry sweets tomato tuna wheat meal breakfast lunch
    dinner supper drink"""
)


_MEASURES = among(
    """seconds minute hour day week fortnight month year century gallon litre liter millilitre
    quart pint teaspoon tablespoon gram kilogram milligram ounce metre meter centimetre kilometre
    mile inch feet percent degree celsius fahrenheit double"""
)


_THINGS = frozenset().union(
    _MEASURES, _PEOPLE, _BODY, _ILLS, _STUFF, _TOOLS, _PLACES, _NATURE, _FOODS
)


def is_thing(word: str) -> bool:
    """Whether a lower-case word is one of them, its plural, or "its'"."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in _THINGS:
        return True
    short = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
    return short in _THINGS or word.removesuffix("es") in _THINGS
