"""Words that a writer adds in telling something in other words: they name no thing.

A statement may hold some of them though its source has them not (`checks.py`). What is listed here
must be to make another subject, object, condition or instruction of a true sentence: no
person, place, part of the body, substance, tool, illness or time; nothing that undoes; nothing
that denies.
"""

from __future__ import annotations

from functools import lru_cache

from hearth.ask.words import among
from hearth.writing import lexicon, named
from hearth.writing.parts import Word

_VERBS = among(
    """accept accompany accomplish achieve acknowledge act adapt adjust adopt advise affect aim
    allow alter anticipate apply approach arise arrange arrive assess assist assume assure
    attach attempt attend await base begin behave belong benefit bring build call catch
    cause check characterise choose claim clarify combine come compare complete comply
    concern conclude conduct confirm consist constitute consult contact contain continue
    contribute control coordinate correspond cope count cover create deal dedicate define
    deliver demand depend describe design deserve detect determine develop direct discover
    discuss display do effect emphasise employ enable encounter encourage end endure
    enhance ensure entail establish estimate evaluate exceed execute exhibit exist expect
    experience explain expose express extend facilitate fall favour feel figure find
    finish fit focus follow force form function gain gather get give go grab grasp grow
    guarantee guide handle happen help hesitate hold identify imagine impact implement
    imply improve include indicate influence inform initiate insist inspect instruct
    intend introduce involve issue join judge keep know last lead learn let limit list
    locate look maintain make manage matter mean measure mention merge mind monitor move
    name need note notice notify obtain occur offer operate opt organise originate
    participate perceive perform permit persist pick place plan point position possess
    practise prefer prepare present preserve prevail proceed process produce progress
    promote prompt prove provide pursue put qualify reach realise recall receive recognise
    recommend record refer regard relate rely remain remember remind render repeat replace
    report represent request require resemble reserve resolve respond restore result
    retain return reveal review run satisfy say see seek seem select send serve settle
    share show signify situate sound specify spend stabilise start state stay submit
    succeed suffer suggest suit supply support suppose surround suspect sustain take tend
    think transfer treat trigger try turn undergo understand undertake urge use utilise
    vary verify view wait want warrant watch wish wonder work worsen occasion alert
    reassess recheck reapply continue proceed escalate attain commence administer fetch"""
)
_NOUNS = among(
    """ability access accordance account act action activity addition advantage advice aid aim
    alternative amount answer approach appearance area arrangement aspect assessment
    assistance attempt attention attitude availability awareness background basis
    behaviour benefit bit capability capacity care case category cause centre chance
    change character characteristic choice circumstance class combination comfort
    comparison complication concept concern condition conduct consequence consideration
    contact content context control core cost course damage danger degree deal decision
    delay demand detail development difference difficulty direction distance duration duty
    ease effect effectiveness effort element emergency emphasis end ensure episode error
    event evidence example existence expectation experience explanation extent fact factor
    feature feeling form function goal group guidance guideline habit handling hazard help
    idea impact importance impression improvement incident increase indication individual
    influence information injury instance instruction intent issue item job kind knowledge
    layer length level likelihood limit list location loss lot majority management manner
    manual matter maximum means measure method minimum moment necessity need nature number
    object objective occasion occurrence opportunity option order outcome overview pace
    part pattern period phase place plan plenty point portion position possibility
    practice precaution preparation presence pressure priority problem procedure process
    progress property protection purpose quality quantity range rate reach reason
    recommendation region relation relief repair replacement request requirement resort
    resource response responsibility rest result return risk role rule safety scale
    scenario section sense sequence series set setting severity shape side sign
    significance similarity situation size solution sort source space spread stage
    standard start state step stretch strength strategy structure style subject substitute
    success sufficiency suggestion sum support surface surgery symptom system task
    technique tendency term thing threat time tip topic total total treatment trouble type
    understanding usage use value variety version view warning way weakness work worry
    surroundings timing movement victim others everything anything something whatever
    whichever anywhere somewhere wherever everywhere someone anyone person people harm
    first-aid item measures"""
)
_OTHER = among(
    """able again absolute absolutely acceptable accessible accidental according accordingly
    accurate
    accurately actual actually additional additionally adequate adequately advisable affected
    afterward afterwards ahead alike all almost along alongside already also alternatively
    altogether amid among apart apparent apparently appropriate appropriately approximate
    approximately as aside available aware badly barely basic basically beneficial besides best
    better beyond both brief briefly broadly careful carefully cautious certain certainly chief
    chiefly clearly close closely comfortable comfortably common commonly complete completely
    comprehensive concerned considerable considerably consistent consistently constant constantly
    contact continual continually continuous continuously convenient correct correctly critical
    critically crucial current currently deep deeply definite definitely deliberately despite
    detailed different differently difficult direct directly due during each easily easy effective
    effectively efficient efficiently either elsewhere emergency enough entire entirely equal
    equally especially essential essentially eventually ever every exact exactly excellent
    exceptional excess excessive expected extensive extra extreme extremely fair fairly familiar
    fast few final finally fine firm first firmly following forth fortunately frequent frequently
    fully fundamental further furthermore general generally gentle gently genuine good gradual
    gradually great greatly helpful highly ideal ideally identical immediate immediately
    imperative important importantly indeed individual inevitably inherently initial initially
    intact intense intensely just key known largely last lasting later latest least less lightly
    likely likewise little local long main mainly major maximum maybe meantime meanwhile merely
    mild mildly minimal minimum minor moderate moreover most mostly much multiple naturally near
    nearby nearly neat necessary necessarily new next nice normal normally notable notably
    noticeable noticeably numerous obvious obviously occasional occasionally often okay ok once
    ongoing onward open ordinary original originally otherwise overall overly own partially
    particular particularly partly past perfect perfectly perhaps persistent persistently personal
    pervasive plain please plus possible possibly potential potentially practical precise
    precisely preferable preferably prepared present previous previously primarily primary prior
    probable probably prompt promptly proper properly quick quickly quiet quietly rapid rapidly
    rather readily ready real really reasonable reasonably recent recently recommended regular
    regularly regardless relative relatively relevant reliable reliably repeatedly respective
    respectively responsible right rough roughly same satisfactory secondly secure securely
    separate separately serious seriously severe severely several sharp short shortly significant
    significantly similar similarly simple simply simultaneously single slight slightly slow
    slowly small smooth smoothly so solely solid sometimes somewhat soon specific specifically
    stable steadily steady still straight straightforward strict strictly strong strongly sturdy
    sudden suddenly sufficient sufficiently suitable suitably sure surely temporarily temporary
    therefore thorough thoroughly though through throughout thus tight tightly together too total
    totally towards toward tremendous true truly typical typically ultimate ultimately unexpected
    unexpectedly unusual unusually upcoming upon urgent urgently useful usual usually various vast
    very viable vigorous vigorously virtually visible visibly vital whenever whereby whereas
    whether whole wholly wide widely within within wise worse worst worth worthwhile yet whilst
    amongst unlike underneath beneath beside behind across against around between outer inner
    upper lower left right possible"""
)


_AT_ONCE = "=at-onc"
_PURPOSES = frozenset(map(lexicon.stem, ("avoid", "prevent", "reduce", "minimise", "minimize")))
"""Stems of what names no thing after "to": "… to prevent overloading"."""


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """The stems of all of them."""
    return frozenset(map(lexicon.stem, _VERBS | _NOUNS | _OTHER))


def names_nothing(word: Word) -> bool:
    """Whether a word is one of them, or says how something is ("warm", "longer")."""
    stem = word.stem
    if (stem in _PURPOSES and word.to) or word.key == _AT_ONCE:
        return True
    return stem in words() or (stem in lexicon.opposites() and not named.is_thing(word.text))
