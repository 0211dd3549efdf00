"""French: see `hearth.ask.tongues`. Words are as the index cuts them: "l'eau" is "l" and "eau"."""

from __future__ import annotations

from hearth.ask.tongues import Tongue
from hearth.ask.words import among

_UNITS = (
    r"(?:secondes?|minutes?|heures?|jours?|semaines?|mois|ans?\b|années?|gouttes?|litres?|ml|g\b|"
    r"grammes?|kg|kilos?|degrés?|°|mètres?|m\b|cm|km|pour cent|%|cuillères?|fois|personnes?|watts?|"
    r"volts?|mg|tasses?|verres?)"
)
_NUMBER = (
    r"(?:\d|\b(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente|"
    r"demi\w*|"
    r"moitié))"
)

TONGUE = Tongue(
    stop=among(
        """vivre le la les l un une des du de d au aux à a et ou où mais donc or ni car que qu
        qui quoi
        dont quel quelle quels quelles ce c cet cette ces ceci cela ça se s sa son ses mon ma mes
        ton ta tes notre nos votre vos leur leurs je j tu il elle on nous vous ils elles me m te t
        lui eux y en dans par pour pas ne n plus moins sans sous sur avec chez vers entre depuis
        pendant avant après contre si comme comment pourquoi combien quand est es suis sont sommes
        êtes était étaient être été soit sera serait ai as ont avons avez avait avoir aurait eu
        fait faire fais font faites faut falloir peut peux peuvent pouvons pouvez pouvoir puis
        puisse pourrait dois doit doivent devons devez devoir devrait devrais veux veut vouloir
        voudrais va vais vont aller très trop peu beaucoup bien aussi même mêmes tout toute tous
        toutes rien quelque quelques chaque autre autres aucun aucune ici là déjà encore toujours
        jamais ainsi alors puisque parce oui non merci bonjour svp plaît aide aidez quelqu
        quelqu'un quelle est-ce apres tres meme etre ca deja mettre mets met prendre prends dire
        dit sais savoir besoin urgent vite rapidement immédiatement maintenant bon bonne meilleur
        meilleure mieux lors lorsque afin ait soient soigner soigne traiter traite traitement
        arrêter arrête stopper"""
    ),
    light=among(
        """mari femme mère père maman papa soeur sœur frère ami amie voisin voisine grand-mère
        mamie papi fille fils famille lundi mardi mercredi jeudi vendredi samedi dimanche matin
        soir midi nuit jour jours semaine semaines heure heures minute minutes mois an ans année
        années temps maison appartement chambre endroit place utiliser utilise commencer mauvais
        mauvaise grand grande petit petite gros grosse long longtemps loin souvent aujourd hui hier
        demain arrive passé trouver sentir voir garder rester reste sûr urgence problème
        catastrophe crise liste instructions étape étapes correct normal deux trois quatre cinq
        six dix moitié douzaine premier première premiers homme personne personnes gens fort forte
        grave gravement soudain léger légère couché assis"""
    ),
    beyond={
        "price": r"\bco[uû]te(?:nt|r|ra|rait)?\b|\bprix\b|\bcher\b|\bcombien d'argent\b",
        "live": (
            r"\b(?:pharmacie|médecin|hôpital|magasin|station)\w* (?:la |le )?plus proche\b|"
            r"\bhoraires?\b|\bouvert\w* (?:aujourd|demain|maintenant|ce soir)|\bmétéo\b|"
            r"\bquand .{1,40}(?:revenir|revient|rétabli\w*)\b|\bnuméro de téléphone d"
        ),
        "law": (
            r"\bassurances?\b|\b(?:légal|illégal|propriétaire|loyer|impôts?|avocat|"
            r"remboursé)\w*\b"
        ),
        "trivia": (
            r"\bqui a (?:inventé|découvert|écrit|gagné|construit)\b|\bqui (?:est|était) le "
            r"(?:président|roi|premier ministre)\b|\bcapitale d|\bcombien d'habitants\b|"
            r"\bquand (?:a|fut|a été) .{1,60}(?:construit|fondé|inventé)"
        ),
    },
    asked={
        "price": r"\bco[uû]te(?:nt|r|ra|rait)?\b|\bprix\b|\bcher\b",
        "date": r"\ben quelle année\b|\bquelle date\b|\bquand (?:a|est|fut|était)\b",
        "who": r"^qui (?:a|est|était|fut)\b|\bqui a inventé\b",
        "signs": r"\bsignes?\b|\bsymptômes?\b|\bsymptomes?\b|\breconna[iî]tre\b|\bcomment savoir\b",
        "list": (
            r"\bque (?:faut-il|dois-je|mettre) .{0,30}(?:dans|emporter|stocker|réserve)|\bliste\b"
        ),
        "amount": (
            r"\bcombien\b|\bpendant combien\b|\bquelle (?:température|dose|quantité|durée|"
            r"profondeur)\b|"
            r"\bdose\b"
        ),
        "safe": (
            r"^(?:peut-on|puis-je|est-ce qu|est-il|dois-je|peut on|puis je|on peut) ?|\bpeut-on\b|"
            r"\bpuis-je\b|\b(?:potable|dangereux|dangereuse|comestible|sans danger|toxique)\b"
        ),
        "why": r"\bpourquoi\b|\bcauses?\b|\braisons?\b",
        "how": (
            r"\bcomment\b|\bque (?:faire|dois|faut|puis)\b|\bpremiers (?:secours|soins)\b|"
            r"\bétapes\b"
        ),
        "where": r"\boù\b",
        "define": r"\bqu'?est-ce que\b|\bc'?est quoi\b|\bsignifie\b|\bdéfinition\b",
    },
    answered={
        "amount": rf"{_NUMBER}[ -]?{_UNITS}",
        "price": r"\d+(?:,\d\d)? ?(?:€|euros?|francs?|centimes?)\b|€ ?\d",
        "date": r"\b(?:1[5-9]|20)\d\d\b",
        "who": r"\b(?-i:[A-ZÉÈÀÂ][a-zéèêàâîïôûç]+ [A-ZÉÈÀÂ][a-zéèêàâîïôûç]+)\b",
        "safe": (
            r"\b(?:pas|jamais|seulement|uniquement|doit|doivent|faut|peut|peuvent|dange\w+|sûre?s?|"
            r"éviter|évitez|risque\w*|toxique\w*|potable\w*|jetez|interdit\w*)\b"
        ),
        "signs": (
            r"\b(?:signes?|symptômes?|pâle\w*|confus\w*|friss\w+|douleurs?|vertiges?|faiblesse)\b"
        ),
        "why": r"\b(?:parce|car|cause\w*|grâce|afin|sinon|provoque\w*|raison)\b",
    },
    restricts=(
        r"\b(?:pas|jamais|sauf|excepté|hormis|cependant|toutefois|mais|sinon|autrement|bien que|"
        r"évite\w*|"
        r"éviter|jusqu|sans|exceptions?|toxiques?|mortel\w*|dange\w+|attention|avertissement|"
        r"prudence|"
        r"interdit\w*|seulement|uniquement|ne|n|aucun\w*|plutôt que|même si|à moins)\b"
    ),
    forbids=(
        r"^\W*(?:attention|avertissement|danger|important|prudence|note|remarque|évite\w*|"
        r"seulement|"
        r"uniquement|jamais)\b|\b(?:jamais|sauf|à moins|interdit\w*|uniquement si|seulement si|"
        r"ne \w+(?: \w+)? pas|n'\w+(?: \w+)? pas|ne pas)\b"
    ),
    cautions=(
        r"\W*(?:attention|avertissement|danger|important|prudence|note|remarque|exception|ne |"
        r"n'|jamais|"
        r"cependant|toutefois|mais|sauf|excepté|à moins|seulement si)"
    ),
    label=r"\W*(?:attention|avertissements?|danger|important|prudence|notes?|remarques?)\W*$",
    labelled=r"\W*(?:attention|avertissement|danger|prudence)\b\s*(?:[:.!—–-]|$)",
    heading=r"\b(?:pas|jamais|éviter|évitez|erreurs?|sauf|seulement|sans|dange\w+|interdit\w*)\b",
    backward=among(
        """ce cela ceci ça ces cet cette il ils elle elles ensuite puis alors donc ainsi sinon
        autrement mais cependant toutefois et ou aussi également enfin finalement deuxièmement
        troisièmement celui celle ceux celles leur leurs son sa ses lui tel telle tels telles
        néanmoins pourtant c de"""
    ).difference(("de",)),
    cases=among(
        """à au aux au-dessus au-dessous pour si en dans sous après avec adultes adulte enfants
        enfant bébés nourrissons double doublez moitié augmentez réduisez plus enceinte"""
    ),
    tells=(
        r"^(?:ne |n'|puis |ensuite )?\w+ez\b|^(?:ne pas )?\w+(?:er|ir|re)\b|\b(?:doit|doivent|"
        r"faut|devez)\b|"
        r", (?:ne )?\w+ez\b"
    ),
)
