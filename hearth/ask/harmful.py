"""What harms in the mouth, in the eye and on the skin, and what is food, in four languages.

The things are of the kinds that poisons centres are called about: household and garden products,
fuels, medicines, batteries and other small things, plants and mushrooms. `marked` puts marks of the
same length in their places, so that expressions over what happened need not name them all.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Letters that nobody types; a thing becomes as many of them as it has characters.
_MARKS = {"corrosive": "ʘ", "product": "ʛ", "medicine": "ʢ", "food": "ʡ"}
CORROSIVE, PRODUCT, MEDICINE, FOOD = (f"{mark}+" for mark in _MARKS.values())
HARMFUL = "[ʘʛʢ]+"
CHEMICAL = "[ʘʛ]+"

_CORROSIVES = (
    r"bl[ea]+c+h(?:es?)?|chlorine|ammonia|(?:battery )?acid|lye|caustic soda|\w*cleaners?|"
    r"drain unblocker|descaler|petrol|gasoline|diesel|chemicals?|pesticides?|insecticides?|"
    r"weed ?killer|thinners?|solvents?|turps|turpentine|white spirit|cement|quicklime|"
    r"anti ?freeze?|bleichmittel|bleiche|spulmaschinentabs?|chlor|chlorreiniger|saure|"
    r"\w*reiniger|lauge|benzin|"
    r"(?:eau de )?javel|acide|deboucheur|essence|lejia|cloro|acido|lavandina|gasolina|"
    r"desatascador"
)
_PRODUCTS = (
    r"cleaning (?:fluid|stuff|spray|liquid|wipes?|agents?|products?)|under the sink|detergent|"
    r"disinfectant|antiseptic|sterili[sz](?:er|ing)(?: fluid| liquid| tablets)?|(?:\w+ )?fluid|"
    r"(?:fabric )?softener|(?:dish ?washer|laundry|washing(?: up| machine)?|"
    r"dish) (?:tablets?|tabs?|pods?|capsules?|powder|liquid|soap|salt)|soap|shampoo|conditioner|"
    r"bubble bath|(?:hand|hair) gel|mouthwash|perfume|aftershave|deodorant|lotion|sun ?cream|make "
    r"?up|toothpaste|"
    r"nail (?:varnish|polish)(?: remover)?|varnish|(?:hand )?saniti[sz]er|hair dye|"
    r"(?:shoe|furniture|floor|metal|silver) polish|fuel|(?:lamp|engine|motor|baby) oil|paraffin|"
    r"kerosene|methylated spirits?|meths|methanol|rubbing alcohol|lighter fluid|fire ?lighters?|"
    r"brake fluid|coolant|screen ?wash|de ?icer|paint|super ?glue|glue|epoxy|resin|ink|"
    r"herbicides?|fertili[sz]er|plant food|(?:rat|mouse|ant) (?:poison|bait|powder|killer)|poison|"
    r"(?:slug )?pellets|moth ?balls?|spulmittel|waschmittel|waschpulver|geschirrspultabs?|"
    r"entkalker|weichspuler|desinfektionsmittel|lampenol|petroleum|spiritus|verdunner|"
    r"frostschutz\w*|kleber|sekundenkleber|seife|parfum|rattengift|unkrautvernichter|gift|farbe|"
    r"lessive|produits? (?:vaisselle|menagers?|d'entretien|toxiques?)|liquide vaisselle|detergent|"
    r"nettoyant|gasoil|petrole|antigel|colle|desherbant|peinture|shampoing|savon|parfum|"
    r"mort aux rats|gel hydroalcoolique|detergente|jabon|champu|lavavajillas|suavizante|gasoleo|"
    r"queroseno|anticongelante|pegamento|insecticida|veneno|matarratas|raticida|disolvente|"
    r"aguarras|pintura|colonia|limpia\w+|desinfectante|"
    # small things
    r"batt?er(?:y|ies|ys)|button cells?|coin cells?|magnets?|silica(?: gel)?|desiccant|gel packet|"
    r"mercury|"
    r"thermometer|glow ?sticks?|wax|water beads?|cigarettes?|cigs?|tobacco|nicotine|vapes?|"
    r"vape (?:juice|liquid)|e liquid|knopfzellen?|batterien?|magnete?n?|zigaretten?|"
    r"piles?(?: boutons?)?|aimants?|pilas?(?: de boton)?|iman|imanes|cigarrillos?|"
    # plants and drugs
    r"mushrooms?|toadstools?|death caps?|fly agaric|berr(?:y|ies)|laburnum|yew|foxgloves?|hemlock|"
    r"oleander|nightshade|daffodils?|lilies|(?:house)?plants?|leaves|conkers?|acorns?|"
    r"(?:daffodil|tulip|plant) bulbs?|cannabis|edibles|cocaine|ecstasy|mdma|heroin|pilze|"
    r"giftpilze|"
    r"vogelbeeren|tollkirschen?|champignons?|baies?|setas?|hongos?|bayas?"
)
_MEDICINES = (
    r"(?:sleeping |heart |iron |blood pressure )?(?:pills?|tablets?|capsules?)|medicines?|"
    r"medication|meds|(?:paracetamol|acetaminophen|tylenol|calpol|ibuprofen|nurofen|advil|"
    r"aspirin)s?|"
    r"painkillers?|vitamins?|antidepressants?|sleepers|methadone|morphine|tramadol|codeine|"
    r"opiates?|valium|diazepam|drugs?|tabletten?|pillen?|medikamente?|schlaftabletten|"
    r"schmerzmittel|medicaments?|comprimes?|cachets?|somniferes?|pastillas?|medicinas?|"
    r"medicamentos?|comprimidos?|capsulas?"
)
_FOODS = (
    r"water|rivers?|streams?|lakes?|ponds?|puddles?|creeks?|springs?|wells?|taps?|food|meals?|"
    r"breakfast|lunch|dinner|tea|coffee|milk|juice|squash|cola|soup|bread|toast|"
    r"butter|cheese|eggs?|meat|chicken|beef|pork|ham|bacon|sausages?|fish|prawns?|shrimps?|"
    r"shellfish|seafood|mussels?|crab|rice|pasta|noodles|potato\w*|chips|fries|crisps|beans|peas|"
    r"lentils|veg\w*|salad|carrots?|tomato\w*|fruits?|apples?|bananas?|grapes?|oranges?|straw\w+|"
    r"raspberr\w+|blueberr\w+|blackberr\w+|cherr\w+|kiwi|melon|nuts?|peanuts?|almonds?|cashews?|"
    r"walnuts?|sesame|soya?|cake|biscuits?|cookies?|crackers?|chocolate|sweets?|candy|lolly|"
    r"sugar|honey|jam|sandwich\w*|pizza|burgers?|kebab|curry|stew|cereals?|porridge|oats|yogh?urt|"
    r"ice cream|cream|formula|tins?|tinned|canned|leftovers|supplies|rations|snow|ice|popcorn|gum|"
    r"bone|tooth|teeth|tongue|air|blood|spit|mucus|pride|wasser|essen|brot|fleisch|milch|nuss|"
    r"nusse|apfel|zunge|eau|pain|viande|lait|pomme|cacahuetes?|langue|agua|pan|carne|leche|"
    r"cacahuetes?|manzana|lengua|comida"
)


def marked(lower: str) -> str:
    """A question (lower case) with a mark for each letter of what is harmful, or is food."""
    return _things().sub(lambda match: _MARKS[str(match.lastgroup)] * len(match[0]), lower)


@lru_cache(maxsize=1)
def _things() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:(?P<medicine>{_MEDICINES})|(?P<product>{_PRODUCTS})|(?P<corrosive>{_CORROSIVES})|"
        rf"(?P<food>{_FOODS}))\b"
    )
