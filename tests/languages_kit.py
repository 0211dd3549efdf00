"""Documents in several languages, written for the tests, and an index of them."""

from __future__ import annotations

from functools import lru_cache

from blake3 import blake3

from hearth.ask.sources import Source, guide_source
from hearth.corpora.index import Index

TEXTS = {
    "de": """# Wasser und Strom im Notfall

## Trinkwasser abkochen

Kochen Sie Wasser vor dem Trinken mindestens drei Minuten lang sprudelnd ab. Trübes Wasser \
filtern Sie vorher durch ein sauberes Tuch. Das Abkochen entfernt keine Chemikalien.

## Bei Stromausfall

Ein voller Gefrierschrank hält die Kälte etwa 48 Stunden. Benutzen Sie einen Grill im Freien. \
Er darf niemals in der Wohnung brennen, weil dabei Kohlenmonoxid entsteht.

## Starke Blutungen stillen

1. Drücken Sie mit einem sauberen Tuch fest auf die Wunde.
2. Legen Sie einen Druckverband an.
3. Rufen Sie den Notruf 112.

## Kompost im Garten

Am 3. Tag wenden Sie den Haufen. Der Hausmeister hat z. B. einen Schlüssel für den Schuppen. \
Große Äste gehören in den Häcksler.
""",
    "fr": """# Que faire en cas d'urgence

## Rendre l'eau potable

Faites bouillir l'eau à gros bouillons pendant au moins une minute. Ne buvez jamais une eau qui \
sent l'essence, même bouillie.

## Brûlures

Refroidissez la brûlure sous l'eau courante tiède pendant vingt minutes. N'appliquez pas de \
glace ni de beurre sur la peau.

## Volets roulants

Attention ! Les volets se ferment avec la manivelle, p. ex. pendant une coupure de courant.
""",
    "es": """# Guía para emergencias

## Agua segura

Hierva el agua durante un minuto antes de beberla. No beba agua que huela a gasolina, aunque esté \
hervida.

## Terremotos

Durante un terremoto, agáchese, cúbrase debajo de una mesa y sujétese. No use el ascensor. \
Después del temblor, cierre la llave del gas si huele a gas.
""",
    "zh": """# 洪水之后

## 饮用水

饮用水必须煮沸至少一分钟。洪水之后不要喝自来水。

## 停电

停电时不要打开冰箱。冰箱里的食物可以保存四个小时。
""",
    "ja": "# 災害\n\n水は必ず一分間沸騰させてください。ガス漏れのときは窓を開けてください。\n",
    "th": "# น้ำท่วม\n\nต้มน้ำให้เดือดอย่างน้อยหนึ่งนาทีก่อนดื่ม อย่าดื่มน้ำประปาหลังน้ำท่วม\n",
    "km": "# ទឹកជំនន់\n\nត្រូវដាំទឹកឱ្យពុះមួយនាទីមុនពេលផឹក។\n",
    "my": "# ရေကြီးခြင်း\n\nသောက်ရေကို တစ်မိနစ်ခန့် ဆူပွက်အောင် ကျိုပါ။\n",
    "lo": "# ນ້ຳຖ້ວມ\n\nຕົ້ມນ້ຳໃຫ້ຟົດຢ່າງໜ້ອຍໜຶ່ງນາທີກ່ອນດື່ມ\n",
    "en": "# Boats\n\nBoil the water of the boat for one minute. Row with both oars.\n",
}


def document(text: str) -> bytes:
    """The id of a document's text."""
    return blake3(text.encode()).digest()


def index(*languages: str) -> Index:
    """An index in memory of the texts in these languages (all without any), a corpus each."""
    made = Index.memory()
    for language in languages or TEXTS:
        text = TEXTS[language]
        made.add_document(language, document(text), text.split("\n", 1)[0][2:], text)
    return made


@lru_cache(maxsize=32)
def sources(*languages: str) -> list[Source]:
    """The same to ask, not to be changed; "guide" is the built-in guide."""
    found = [Source(index(*(one for one in languages if one != "guide")))]
    guide = guide_source(None) if "guide" in languages else None
    return [guide, *found] if guide is not None else found
