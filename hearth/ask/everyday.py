"""Everyday words: what people say around what they ask.

A frightened person tells a story. The words of the story ("my brother in law saved the cables")
are rare in manuals, and rare words would weigh most; but they are not what is asked. A word of
this list weighs little unless the documents use it in a title or a heading. A word that is on no
list and in no document is most likely a name (a make, a place, a drug), and then nothing here is
about it: that weighs fully.
"""

from __future__ import annotations

from functools import lru_cache

_WORDS = """
able above accept access accident according account ache acre across act action active activity
add address adult advice afford afternoon age ago agree ahead aim air alarm alive alone along alot
alright already amazing amount angry animal annoying answer apart appear apparently apple apply
area argue arm arrive article aside asleep assume attach attempt aunt auntie autumn available
avoid awake aware away awful aye babe back bad badly bag ball bang bar bare barely base basic
basically bath beach bean bear beat beautiful become bed bedroom beer beg begin behave behind
belief believe belong below bend bench beside best better beyond big bike bill bin bird birthday
bit bite bits bizarre black blame blind block bloke blow blue board boat body boil bomb bone book
boot border bored boss bother bottle bottom bought bowl box boy brain brand bread break breakfast
bridge brief bright bring broad broke broken brother brought brown brush bucket buddy build
building built bunch burn bus bush business busy butter button buy cable cake call calm camera
camp can candle cap car card care careful carpet carry case cash cat catch cause ceiling cellar
centre center century certain chain chair chance change channel chap charge chat cheap check cheek
cheese chef chemist chest chicken child chips choice choose church city class clean clear clever
climb clock close closed closet cloth clothes cloud club coach coast coat coffee coin cold
colleague collect college colour combine come comfortable comment common community company compare
complain complete completely computer concern condition confirm confuse confused connect consider
constantly contact contain contents continue control cook cool copy corner cost cotton couch cough
council count counter country couple course court cousin cover crack crap crash crazy cream create
creek cross crowd cry cup cupboard cure current curtain customer cut cute cycle dad daddy daft
daily damage damn dance danger dangerous dark darling date daughter day dead deaf deal dear death
debate decent decide deck deep definitely degree delay deliver depend describe desk detail develop
device die difference different difficult dig dinner direct direction dirt dirty disappear
discover discuss dish distance doctor dog door double doubt downstairs dozen drag draw drawer
dream dress drink drive driver drop drove dry duck due dull dumb dump dust dying ear earlier early
earn earth easier easiest easily east easy eat edge effect effort egg eight either electric eleven
else email emergency employ empty end energy engine enjoy enormous enough enter entire entrance
equal equipment escape especially essential estate even evening event eventually everywhere
evidence exact exactly example excellent except excited excuse exercise exist exit expect
expensive experience expert explain explode express extra extreme extremely eye face fact fail
fair fairly faith fall false familiar family famous fan fancy fantastic far farm farmer fashion
fast fat father fault favour favourite fear feature fed feed feel feet fell fellow felt fence few
field fifteen fifty fight figure file fill film final finally find fine finger finish fire firm
fish fit five fix flash flat flew flight flip flipping float floor flow flower fluid fly focus
folk folks follow food foot football forever forget forgot form former fort forty forward found
four fourth free freak freaking frequent fresh friday friend friendly front fruit frustrated full
fun funny furniture fussy future gallon game gang gap garage garden gas gate gather gear general
gentle genuine get giant gift girl give glad glass glove goal god gold good goodness gosh
government grab grandchild grandkid grandson granddaughter grand grass gravel great green grew
grey grip gritty ground group grow grown guard guess guest guide gun guy habit hair half hall hand
handle handy hang happen happy hard hardly harm hat hate head headache health healthy heap hear
heard heart heat heavy heck held hell hello helmet hers hide high highly hike hiking hill hire
history hit hobby hold hole holiday hollow home homework honest honestly hook hope horrible horse
hospital host hot hotel hour house household however hubby huge human hundred hung hungry hurry
hurt husband ice idea ideal idiot ignore ill image imagine immediate immediately important
impossible improve inch include including increase indeed independent indoor indoors information
injure inner insect inside instead instructor insurance intend interest interesting internet
invite iron island issue item jacket jam jar job join joke journey juice jug jump jumper june july
keen keep keeps kettle key kick kid kill kind king kitchen knee knew knife knock know knowledge
label lack lad ladder lady lake lamp land landlord lane language laptop large last late lately
later laugh laundry law lay layer lazy lead leader leaf leak lean learn least leave led left leg
legal lemon lend length less lesson let letter level library lid lie life lift light like likely
limit line link lip liquid list listen literally litre little live lives living load loads loan
local lock log lonely long longer look loose lord lorry lose loss lost lot loud lounge love lovely
low luck lucky lunch machine mad magazine mail main mainly major male mall man manage manager many
map mark market married marry massive mate material matter maximum meal mean meant measure meat
media meet meeting member memory mention mess met metal method midday middle midnight might mile
milk mind mine minor minute mirror miss missing mistake mix model modern moment monday money
monitor month mood moon morning mostly mother motor mountain mouse mouth move movie mud mug mum
mummy muscle music mysterious myth nail name nan narrow nasty nation natural nature naughty near
nearby nearly neat neck neighbour neighbourhood neither nephew nervous net new news newspaper next
nice niece night nine noise noisy none normal normally north nose note nothing notice nowhere
number nurse nut object obvious obviously odd offer office officer official often oil old older
oldest open opinion opposite option orange order ordinary original outdoor outdoors outside oven
overall overnight owe own owner pack package packet pad page paid pain paint pair pale pan panic
pants paper parcel parent park parking part particular partly partner party pass passenger past
path patient pattern pavement pay peace pen pencil people pepper perfect perfectly perhaps period
permission permit person personal pet phone photo pick picture piece pile pillow pink pint pipe
pizza place plain plan plane plant plastic plate play pleasant please plenty plug plus pocket
point pole police polite pool poor popular porch portable position positive possible possibly post
pot potato pound pour power practical practice practise prefer prepare present press presume
pretend pretty prevent previous price print prior prison private probably problem process produce
product professional programme project promise proof proper properly protect proud prove provide
public pull pump pupil pure purpose purse push put puzzle quality quarter queen quick quiet quit
quite quiz race radiator rain raise ran rang range rare rarely rate rather raw reach react read
ready real realise reality reason reasonable recent recently recipe reckon recognise recommend
record recover red reduce refuse regular relate relative relax release reliable relief remain
remember remind remove rent repair repeat replace reply report rescue research respect respond
rest restaurant result return reveal reverse rice rich rid ride ridiculous ring rise risk risky
rite river road rock role roll roof room rope rough round routine row rub rubber rubbish rude ruin
rule rumour run rush sad safe safely sail salad sale salt sand sandwich sat saturday sauce save
savings scale scare scary scene school science scissors score scratch scream screen screw sea
search season seat second secret section secure see seek select sell send sense sensible sentence
separate serious seriously serve service set settle seven several severe sew shade shadow shaking
shaky shall shape share sharp shed sheet shelf shell shine ship shirt shock shoe shoot shop short
shoulder shout shovel show shower shut shy sick side sight sign silent silly silver similar simple
simply sing single sink sister sit site situation six size skill skin skip sky sleep sleepy slept
slice slide slight slightly slip slow slowly small smart smash smell smells smelling smile smooth
snack snow soak soap social sock sofa soft soil sold solid solution solve son song soon sore sorry
sound soup south space spare speak special specific speed spell spend spent spill split spoke
spoon sport spot spray spread spring square squeeze stable staff stage stairs stairway stale stand
standard star start state station stay steal steam steel step stick sticky still stomach stone
stop store story straight strange strap stray stream street strength stretch strict strike string
strip strong structure struggle stuck student study stuff stupid style subject success such sudden
suddenly suffer sugar suggest suit summer sun sunday sunny supper supply support suppose sure
surface surprise surround survive suspect swear sweat sweater sweet swell swelling swell swim
swimming switch table tail talk tall tank tap tape taste tasted taught tax tea teach teacher team
tear teenager tell temporary ten tend tent term terrible terribly test text thank theory therefore
thick thin thing think third thirsty thirty thousand threaten three threw throat through throw
thumb thursday tidy tie tight till time tin tiny tip tired toast toe together told tone tongue
tonne took tool top topic torn total totally touch tough tour toward towel tower town toy track
trade train training transport travel tray tree tremble trick trip trouble trousers truck true
trust truth try tube tuesday turn tv twenty twice twin twist two type typical ugly umbrella unable
uncle underneath understand unfortunately unit unless unplug unsure upper upset upstairs upward
usual usually utility valley value van various vegetable vegetables vehicle venue version via
video view village visit visitor vital voice volunteer vote wait waiting wake walk walking wall
wander war ward warden warm warn warning wash washing waste watch water wave way weak weapon wear
weather website wednesday week weekend weigh weight weird welcome well went west wet wheel
whenever wherever whether whilst whisper white whole wide wife wild willing win wind window wine
wing winter wipe wire wise wish woke woman wonder wonderful wood wooden wool word wore work worker
working world worn worried worry worse worst worth wound wrap write wrong wrote yard year yell
yellow yesterday young younger yourself youth zero zone gran grans grandads mums dads kids lads
lasses hubby missus fella bloke mate ma pa nana nanna grandma nite tho thru cos coz bc cuz 
dunno gonna wanna gotta kinda sorta lol tbh imo idk ffs ugh argh aswell allready alot abit infact
til luv thx ta cheers innit yeah yep nope yup nah wasnt werent hasnt havent wouldnt shouldnt
couldnt dont didnt doesnt isnt arent cant wont ive youve weve theyve im youre theyre hes shes
thats whats wheres hows theres heres whos lets id ill youd youll hed hell shed shell wed well
theyd theyll ones twos hrs hr mins min secs yrs yr yo wks wk mo mths
"""


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(_WORDS.split())


def everyday(word: str) -> bool:
    """Whether a word, as written or without its ending, is an everyday one."""
    known = _known()
    return word in known or any(base in known for base in _bases(word))


def _bases(word: str) -> list[str]:
    found = []
    for ending, instead in (
        ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("d", ""), ("ied", "y"),
        ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""), ("er", "e"), ("ier", "y"), ("est", ""),
        ("iest", "y"), ("y", ""), ("y", "e"), ("ness", ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            base = word[: -len(ending)] + instead
            found.append(base)
            if len(base) > 3 and base[-1] == base[-2]:
                found.append(base[:-1])
    return found
