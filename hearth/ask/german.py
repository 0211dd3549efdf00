"""German: see `hearth.ask.tongues`."""

from __future__ import annotations

from hearth.ask.tongues import Tongue
from hearth.ask.words import among

_UNITS = (
    r"(?:sekunden?|minuten?|stunden?|tagen?|tage|tag|wochen?|monaten?|monate|jahren?|jahre|"
    r"min\b|std\b|"
    r"tropfen|liter|ml|milliliter|gramm|g\b|kg|kilo\w*|grad|°|meter|m\b|cm|km|zentimeter|prozent|%|"
    r"teelöffel|esslöffel|tl\b|el\b|mal\b|personen|watt|volt|mg)"
)
_NUMBER = (
    r"(?:\d|\b(?:eine?[rnms]?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf|fünfzehn|"
    r"zwanzig|"
    r"dreißig|halbe[rns]?|anderthalb))"
)

TONGUE = Tongue(
    stop=among(
        """der die das den dem des ein eine einen einem einer eines und oder aber doch denn sondern
        ist sind war waren sei wäre bin bist seid gewesen werden wird werde wirst wurde wurden
        worden hat habe haben hast hatte hatten hätte kann können kannst könnte könnten konnte muss
        müssen musst müsste soll sollen sollte sollten sollst darf dürfen dürfte will wollen wollte
        möchte mag mögen ich du er sie es wir ihr man mich mir dich dir ihn ihm ihnen uns euch sich
        mein meine meinen meinem meiner meines dein deine sein seine seinen seinem seiner ihre
        ihren ihrem ihrer unser unsere unseren unserem unserer euer wer was wo wie wann warum wieso
        weshalb woher wohin womit wozu wofür wodurch wobei worauf welche welcher welches welchen
        welchem wieviel wieviele viel viele in im an am auf aus bei beim mit nach von vom zu zum
        zur für um durch ohne gegen über unter vor hinter neben zwischen bis seit während wegen als
        wenn ob dass daß weil da damit so auch noch nur schon sehr mehr etwa mal einmal bitte danke
        hallo hilfe nicht nichts kein keine keinen keinem keiner nein ja ganz gar etwas alles alle
        allem allen aller jeder jede jedes jetzt nun dann hier dort dies diese dieser dieses diesen
        diesem jemand niemand machen mache macht mach machst gemacht tun tue tut tu tust getan gibt
        geben gib lässt lassen lass geht gehen ging denn eigentlich überhaupt wirklich gerade immer
        wieder eben halt vielleicht wohl also fuer ueber koennen muessen duerfen moechte waehrend
        koennte muesste braucht brauche brauchen brauch weiß weiss wissen sage sagen sagt heißt
        bekomme bekommen hin her raus rein weg behandeln behandle behandelt behandlung stoppen
        stoppe stoppt stillen hilft helfen helfe am besten besser gut gute guten schnell sofort
        dringend ab los drin davon dafür dagegen darin daran darauf dazu dabei daraus ans ins
        beste"""
    ),
    light=among(
        """mann frau mutter vater mama papa schwester bruder freund freundin nachbar nachbarin oma
        opa großmutter großvater tochter sohn familie montag dienstag mittwoch donnerstag freitag
        samstag sonntag morgen abend nachmittag mittag nacht tag tage tagen woche wochen stunde
        stunden minute minuten monat monate jahr jahre zeit haus wohnung zimmer ort platz benutzen
        verwenden verwende anfangen beginnen schlecht groß große großen klein kleine lang lange
        länger kurz weit oft häufig hoch heute gestern passiert geschehen finden fühlen sehen
        halten hält bleiben bleibt sicher notfall problem katastrophe krise liste anleitung schritt
        schritte richtig normal eins zwei drei vier fünf sechs zehn hälfte dutzend erste ersten
        zuerst person leute menschen stark starke starker starken starkes schwer schwere schwerer
        schweren schlimm schlimme plötzlich leicht leichte liegen sitzen stehen"""
    ),
    beyond={
        "price": r"\bkoste[nt]?\b|\bpreise?\b|\bteuer\b|\bbillig|\bwie viel geld\b",
        "live": (
            r"\bnächste[nrs]? (?:apotheke|arzt|krankenhaus|tankstelle|laden|supermarkt)\b|"
            r"\b(?:öffnungszeiten|geöffnet|wettervorhersage|fahrplan)\b|\bwetter (?:morgen|"
            r"heute)\b|"
            r"\bwann (?:kommt|ist) .{0,40}(?:wieder|zurück)\b|\btelefonnummer (?:von|des|der)\b"
        ),
        "law": (
            r"\bversicherung\w*\b|\b(?:legal|erlaubt|strafbar|vermieter|miete|steuern?|anwalt)\b"
        ),
        "trivia": (
            r"\bwer (?:hat|war|erfand|gewann|ist) .{0,40}(?:erfunden|präsident\w*|könig\w*|"
            r"gewonnen|"
            r"entdeckt|geschrieben)|\bwer erfand\b|\bwann wurde .{1,60}(?:gebaut|gegründet|"
            r"erfunden|entdeckt)|\bhauptstadt\b|\bwie viele einwohner\b|\bweltmeister\w*\b"
        ),
    },
    asked={
        "price": r"\bkoste[nt]?\b|\bpreise?\b|\bteuer\b|\bbillig",
        "date": r"\bwelche[sm]? (?:jahr|datum|tag)\b|\bwann (?:war|wurde|hat)\b",
        "who": r"^wer\b|\bwer (?:hat|war|ist|erfand)\b|\bwessen\b",
        "signs": r"\b(?:an)?zeichen\b|\bsymptome?\b|\bwie (?:er)?kenn|\bworan\b",
        "list": (
            r"\bwas (?:gehört|brauche|muss|soll|kommt) .{0,30}(?:in|rein|mit|packen|vorrat)|"
            r"\bliste\b"
        ),
        "amount": (
            r"\bwie ?(?:viele?|lange|oft|heiß|warm|kalt|weit|hoch|tief|schnell|alt|groß)\b|"
            r"\bwelche (?:temperatur|dosis|menge|dosierung)\b|\bdosis\b"
        ),
        "safe": (
            r"^(?:kann|darf|soll|sollte|muss|ist|sind) |\b(?:kann|darf) (?:man|ich|wir)\b|"
            r"\b(?:sicher|gefährlich|giftig|trinkbar|essbar|schädlich)\b"
        ),
        "why": r"\bwarum\b|\bwieso\b|\bweshalb\b|\bursachen?\b",
        "how": (
            r"\bwie (?:kann|soll|muss|mache?|macht|stoppe|behandelt?|behandle|\w+e ich|\w+t man)\b|"
            r"\bwas (?:tun|mache[n]?|soll|muss|kann|tue|hilft)\b|\berste hilfe\b|\bzuerst\b"
        ),
        "where": r"\bwo\b|\bwohin\b|\bwoher\b",
        "define": r"\bwas (?:ist|sind|bedeutet|heißt)\b|\bbedeutung\b",
    },
    answered={
        "amount": rf"{_NUMBER}[ -]?{_UNITS}",
        "price": r"\d+(?:,\d\d)? ?(?:€|euro|cent|franken)\b|€ ?\d",
        "date": r"\b(?:1[5-9]|20)\d\d\b",
        "who": r"\b(?-i:[A-ZÄÖÜ][a-zäöüß]+ [A-ZÄÖÜ][a-zäöüß]+)\b",
        "safe": (
            r"\b(?:nicht|nie|niemals|nur|muss|müssen|darf|dürfen|kann|können|gefähr\w+|sicher\w*|"
            r"gift\w*|vermeiden|risiko|schäd\w+|ungenießbar|trinkbar)\b"
        ),
        "signs": (
            r"\b(?:anzeichen|zeichen|symptome?|blass|verwirr\w+|zitter\w+|schmerz\w*|schwindel)\b"
        ),
        "why": r"\b(?:weil|denn|da|durch|wegen|deshalb|damit|sonst|verursach\w+|ursache)\b",
    },
    restricts=(
        r"\b(?:nicht|nie|niemals|kein\w*|nur|außer|ausser|ausgenommen|jedoch|aber|sonst|"
        r"andernfalls|"
        r"ansonsten|obwohl|vermeiden|bis|statt|anstatt|ohne|ausnahme\w*|giftig\w*|tödlich\w*|"
        r"gefähr\w+|gefahr|warnung|vorsicht|achtung|keinesfalls|auf keinen fall|es sei denn|"
        r"sofern|falls|verboten)\b"
    ),
    forbids=(
        r"^\W*(?:warnung|achtung|vorsicht|gefahr|wichtig|hinweis|vermeiden|nur|kein\w*|niemals|"
        r"nie)\b|"
        r"\b(?:niemals|nie|keinesfalls|auf keinen fall|es sei denn|verboten|nicht|kein\w*|"
        r"nur (?:wenn|falls|bei|nach|mit))\b"
    ),
    cautions=(
        r"\W*(?:warnung|achtung|vorsicht|gefahr|wichtig|hinweis|ausnahme|niemals|nie|"
        r"auf keinen fall|"
        r"keinesfalls|jedoch|aber|außer|nur wenn)\b"
    ),
    label=r"\W*(?:warnung|achtung|vorsicht|gefahr|wichtig|hinweise?)\W*$",
    labelled=r"\W*(?:warnung|achtung|vorsicht|gefahr)\b\s*(?:[:.!—–-]|$)",
    heading=(
        r"\b(?:nicht|nie|niemals|kein\w*|vermeiden|irrtümer|fehler|falsch|außer|nur|ohne|"
        r"gefähr\w+)\b"
    ),
    backward=among(
        """dies diese dieser dieses diesen diesem er es dann danach dadurch damit dabei dafür
        dagegen daran darauf daraus darin davon dazu deshalb daher deswegen darum sonst andernfalls
        ansonsten jedoch aber doch und oder auch außerdem zudem ebenso trotzdem dennoch
        anschließend schließlich zuletzt zweitens drittens beide beides keiner solche solcher
        solches jener jene jenes"""
    ),
    cases=among(
        """bei in über unter für wenn falls ab nach mit erwachsene erwachsenen kinder kindern babys
        säuglinge doppelt verdoppeln halb halbieren erhöhen verringern schwangere"""
    ),
    tells=(
        r"^(?:\w+ ){0,3}?\w+[ei]n sie\b|\b(?:müssen|sollten|sollen|muss|darf|dürfen|sollte)\b|"
        r"\b\w+en[.!]$|^(?:nie|niemals|nicht|immer)\b"
    ),
)
