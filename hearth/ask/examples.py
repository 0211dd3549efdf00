"""Questions of either sort, as examples: what the documents of a household in need answer, and what
no document of the kind does, however near its words come.

Where there is an embedding model a question is compared with these by meaning: a question about a
price is more like other questions about prices than like one about what to do. What is not answered
are kinds of question, not topics: people add documents on whatever they like. They were written for
this, and stand in no set of questions that anything is measured with.
"""

from __future__ import annotations

from hearth.languages import FRENCH, GERMAN, SPANISH


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


ANSWERED = _lines(
    """
    how do I stop heavy bleeding from an arm
    what should I do if somebody collapses and does not breathe
    my child has something stuck in the throat and cannot cough
    how do I cool a burn
    what are the signs of a stroke
    can I give water to someone who is unconscious
    she is cold, confused and has stopped shivering, what do I do
    how do I warm up frozen toes
    he has been in the sun all day and is hot and confused
    what do I do about a twisted ankle
    how do I splint a broken arm
    my father has chest pain and is sweating
    what to do when someone has a fit
    how do I know whether a wound is infected
    a wasp sting has made his lips swell
    my husband swallowed paint thinner
    what do I do with a bite from a snake
    how do I take out a tick
    she hit her head and keeps being sick
    what do I do if my nose will not stop bleeding
    how can I help somebody who is panicking
    I do not want to live any more
    my neighbour cannot breathe properly and has no inhaler
    the baby is coming and we cannot reach a hospital
    how do I keep medicine cool when there is no electricity
    can I still use insulin that has been warm
    what can I drink when I have diarrhoea
    how do I make water from a stream safe
    how long must water boil before I drink it
    how much bleach goes into a bucket of water
    is it safe to drink water out of the hot water tank
    how much water should a family keep
    is the well safe after the river came over
    how do I store water in bottles
    which food do I throw away when the fridge has been off
    is meat that has thawed still good
    how long does a full freezer stay frozen
    what tins and dry food should be in the cupboard
    how do I cook when there is no gas and no electricity
    may I use a camping stove indoors
    where do I put a generator
    how do I know there is carbon monoxide
    the alarm for gas is beeping, do we go out
    I can smell gas in the kitchen
    how do I shut off the water
    how do I keep one room warm without heating
    are candles safe to leave burning
    how do I make a torch battery last
    how do I charge a phone when the power is out
    what do I pack in a bag for leaving home
    water is coming up the street, do we stay or leave
    is it safe to drive through water on the road
    what do I do after the flood has gone down
    how do I dry out the walls
    how do I get rid of black spots on the wall after the flood
    which way do I go in a fire in the house
    oil in the pan has caught fire
    where should smoke alarms be
    what do I do when a wildfire comes near
    how do I keep smoke out of the house
    what do I do when the ground starts to shake
    where is the safest place in a tornado
    the sea has drawn back from the beach
    thunder is close and we are on a hill
    how do I get ready for a big storm
    what do I do when I am stuck in my car in snow
    I fell through the ice
    ash is falling on the roof
    there has been an accident with radiation, do we go inside
    a lorry with chemicals has turned over nearby
    how do we meet again if the phones do not work
    how do I send a message when the network is down
    which channel do I use on a walkie talkie
    how do I spell a name over the radio
    how do I signal to a plane
    how can I help an old person next door who lives alone
    what does a person in a wheelchair need to get out
    how do I tell a small child what has happened
    how do I keep my dog safe when we leave
    what do the animals on the farm need in a flood
    the toilet does not flush, what do we use
    how do I wash my hands with little water
    what papers should I have with me
    how do I keep the house safe while we are away
    how do I find water in the desert
    how do I light a fire when everything is wet
    how do I build a shelter in the woods
    how do I find my way without a compass
    which berries can be eaten
    how do I set a snare
    what knot holds two ropes together
    how do I cross a river on foot
    how do I catch fish without a rod
    how do I stay alive at sea in a raft
    how do I keep sharks away
    how do I stay hidden
    how do I make a tool out of stone
    how do I keep my spirits up when I am alone
    how do I search all my documents with hearth
    who can read what I write in hearth
    """
)

NOT_ANSWERED = _lines(
    """
    what does a carbon monoxide alarm cost
    how much do I have to pay for bottled water
    what is a fair price for firewood
    where do they sell tourniquets
    which shop in town has batteries
    what does it cost to have a well tested
    how much is a night in a hotel during the evacuation
    is an expensive water filter worth the money
    what will it cost to repair the roof
    can I get a cheaper generator second hand
    which make of torch is the most reliable
    what is the best brand of camping stove
    is this kettle better than that one
    which model of radio should I buy
    what does the red light on my boiler mean
    my generator shows an error code
    how do I change the code of my alarm
    how do I connect my smart thermostat
    how long is the guarantee on my fridge
    which app shows where the storm is
    what is the part number of the filter
    how many watts does my television use
    when will the electricity be back in our street
    is the school open today
    which roads are closed now
    when does the next train go
    is the bridge open again
    has the flood warning been lifted
    how high is the river now
    what will the weather be tomorrow
    how many people are without power in the county
    where is the nearest shelter
    who is in charge of the shelter tonight
    what is the number of the doctor in our village
    what is the address of the hospital
    when are they coming to read the meter
    when is the rubbish collected
    what is the password of the router
    what is the code for the door of the community centre
    who is on duty at the fire station
    where did I put my keys
    what is my blood group
    when does my passport run out
    does the insurance pay for the cellar
    who pays for the broken fence
    is it allowed to burn wood here
    do I need a permit to keep chickens
    what is the fine for ignoring an evacuation order
    can they cut off my electricity if I have not paid
    do I get money back when the power was out
    may my employer make me come to work
    can I sue the builder for the leak
    what does the law say about fishing here
    how much of this pill may I take
    what is the right dose of this antibiotic for a child
    can I take these two medicines together
    how many tablets are safe in a day
    should I stop taking my heart pills
    what strength of painkiller does she need
    which vaccine do I need for a trip
    what is the treatment for a rare disease
    what does my blood test mean
    who discovered penicillin
    when was the first fire brigade founded
    what was the worst earthquake of all time
    how many people drowned in that flood
    who was the first to climb the mountain
    what is the origin of the word hurricane
    which country has most volcanoes
    how many firefighters are there in the country
    what share of people own a generator
    what is the chemical formula of bleach
    how is electricity made and sold
    how are storms given their names
    what is the capital of the country
    who is the president
    how do I get a pay rise
    how do I become a paramedic
    what does a nurse earn
    where can I take a course in first aid
    how do I reset my password
    which car should I buy
    how do I invest my savings
    where should we go on holiday
    who owns the house at the corner
    how do I sell my old radio
    """
)

SAME_IN_OTHER_WORDS = (
    ("the doctor examined an ill infant", "a physician looked at the sick baby"),
    ("my car will not start", "the engine of this automobile is dead"),
    ("rain is expected tomorrow", "the forecast predicts wet weather"),
    ("the kid is scared of dogs", "a child fears canines"),
    ("he purchased a cheap house", "the inexpensive home was bought by him"),
    ("the shop closes at noon", "this store shuts at midday"),
    ("feed the cows every morning", "cattle get their breakfast daily"),
    ("the road is blocked by snow", "a blizzard has made the street impassable"),
    ("she is fluent in French", "her command of the language of Paris is perfect"),
    ("the thief stole my wallet", "a robber took his purse"),
    ("they got married last summer", "the wedding was in July"),
    ("the lamp does not work", "this light bulb is broken"),
)
"""Pairs that say the same and share no word that tells anything: a model that does not find the
other of most of them knows nothing of meaning, whatever it gives for a vector."""

TRANSLATED = {
    GERMAN: _lines(
        """
        der Arzt untersuchte einen kranken Säugling
        mein Auto springt nicht an
        morgen soll es regnen
        das Kind hat Angst vor Hunden
        er hat ein billiges Haus gekauft
        der Laden schließt am Mittag
        füttere jeden Morgen die Kühe
        die Straße ist vom Schnee versperrt
        sie spricht fließend Französisch
        der Dieb hat mir den Geldbeutel gestohlen
        sie haben letzten Sommer geheiratet
        die Lampe geht nicht
        """
    ),
    FRENCH: _lines(
        """
        le médecin a ausculté un nourrisson malade
        ma voiture ne démarre pas
        il va pleuvoir demain
        le gamin a peur des chiens
        il a acheté une maison bon marché
        le magasin ferme à midi
        donne à manger aux vaches chaque matin
        la route est bloquée par la neige
        elle parle couramment le français
        le voleur m'a pris mon portefeuille
        ils se sont mariés l'été dernier
        la lampe ne marche pas
        """
    ),
    SPANISH: _lines(
        """
        el médico examinó a un bebé enfermo
        mi coche no arranca
        mañana va a llover
        el niño tiene miedo de los perros
        compró una casa barata
        la tienda cierra al mediodía
        da de comer a las vacas cada mañana
        la nieve corta la carretera
        ella habla francés con soltura
        el ladrón me robó la cartera
        se casaron el verano pasado
        la lámpara no funciona
        """
    ),
}
"""The first of each pair in other languages, in the same order: a model that does not find the
English for nearly all of them does not read that language, and questions in it are answered by
their words alone."""
