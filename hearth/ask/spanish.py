"""Spanish: see `hearth.ask.tongues`."""

from __future__ import annotations

from hearth.ask.tongues import Tongue
from hearth.ask.words import among

_UNITS = (
    r"(?:segundos?|minutos?|horas?|días?|dias?|semanas?|mes(?:es)?|años?|gotas?|litros?|ml|g\b|"
    r"gramos?|"
    r"kg|kilos?|grados?|°|metros?|m\b|cm|km|por ciento|%|cucharad\w+|cucharit\w+|veces|vez|"
    r"personas?|"
    r"vatios?|voltios?|mg|tazas?|vasos?)"
)
_NUMBER = (
    r"(?:\d|\b(?:una?|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|quince|veinte|"
    r"treinta|"
    r"medi[oa]|mitad))"
)

TONGUE = Tongue(
    stop=among(
        """el la los las lo un una unos unas de del al a y e o u pero sino ni que qué quien quién
        quienes cual cuál cuales cuáles cuyo como cómo cuando cuándo donde dónde adónde cuanto
        cuánto cuanta cuánta cuantos cuántos cuantas cuántas por porque para con sin sobre entre
        hasta desde en ante bajo contra durante según tras si sí no nada nadie nunca jamás es son
        era eran ser sido sea soy está están esta estaba estar estoy este estos estas ese esa esos
        esas eso esto aquel aquella ello ella él ellos ellas yo tú tu tus te ti mi mis me mí nos
        nosotros usted ustedes le les se su sus nuestro nuestra ha han he hemos haber había hay
        hace hacen hacer hago haz haga hecho debo debe deben debemos deber debería puedo puede
        pueden podemos poder podría podemos tengo tiene tienen tener tenemos quiero quiere querer
        va van voy ir vamos muy más mas menos mucho mucha muchos muchas poco poca también tambien
        ya aún aun todavía siempre así entonces luego pues todo toda todos todas algo alguien algún
        alguna algunos cada otro otra otros otras mismo misma aquí allí ahí tan tanto favor gracias
        hola ayuda ayúdame socorro estan despues después antes ahora urgente rápido rápidamente
        inmediatamente mejor bueno buena bien sé saber necesito necesita necesitan dar dan da decir
        dice poner pongo pone usar uso tomar sirve tratar trata tratamiento curar curo detener
        detengo parar"""
    ),
    light=among(
        """marido esposo esposa mujer madre padre mamá papá hermana hermano amigo amiga vecino
        vecina abuela abuelo hija hijo familia lunes martes miércoles jueves viernes sábado domingo
        mañana tarde noche día dias días semana semanas hora horas minuto minutos mes meses año
        años tiempo casa piso apartamento habitación lugar sitio empezar malo mala grande pequeño
        pequeña largo lejos menudo hoy ayer pasa pasado encontrar sentir ver mantener quedar queda
        seguro segura emergencia problema desastre crisis lista instrucciones paso pasos correcto
        normal uno dos tres cuatro cinco seis diez mitad docena primero primera primeros hombre
        persona personas gente fuerte fuertes grave graves leve repente acostado sentado"""
    ),
    beyond={
        "price": r"\bcuesta\w*\b|\bprecios?\b|\bcaro\b|\bbarat|\bcuánto dinero\b",
        "live": (
            r"\b(?:farmacia|médico|hospital|tienda|gasolinera)\w* m[aá]s cercan[oa]\b|"
            r"\bhorarios?\b|\babiert[oa]s? (?:hoy|mañana|ahora)\b|\b(?:tiempo|clima) (?:hoy|"
            r"mañana)\b|"
            r"\bcu[aá]ndo (?:vuelve|volverá|regresa)\b|\bn[uú]mero de tel[eé]fono d"
        ),
        "law": (
            r"\bseguro (?:paga|cubre|del? )|\b(?:legal|ilegal|casero|alquiler|impuestos?|"
            r"abogado)\b"
        ),
        "trivia": (
            r"\bqui[eé]n (?:inventó|invento|descubrió|escribió|ganó|construyó)\b|\bqui[eé]n es el "
            r"(?:presidente|rey)\b|\bcapital de\b|\bcu[aá]ntos habitantes\b|"
            r"\bcu[aá]ndo se (?:construyó|fundó|inventó)\b"
        ),
    },
    asked={
        "price": r"\bcuesta\w*\b|\bprecios?\b|\bcaro\b|\bbarat",
        "date": r"\ben qué año\b|\bqué fecha\b|\bcuándo (?:fue|se|nació)\b",
        "who": r"\bqui[eé]n (?:fue|es|inventó|ganó|era)\b|^qui[eé]n\b",
        "signs": r"\bseñales\b|\bsignos?\b|\bs[ií]ntomas?\b|\breconocer\b|\bc[oó]mo s[eé] si\b",
        "list": (
            r"\bqu[eé] (?:debo|hay que|se debe|poner|llevar) .{0,30}(?:en|llevar|guardar)|"
            r"\blista\b"
        ),
        "amount": (
            r"\bcu[aá]nt[oa]s?\b|\ba qu[eé] (?:temperatura|distancia)\b|"
            r"\bqu[eé] (?:temperatura|dosis|cantidad)\b|\bdosis\b"
        ),
        "safe": (
            r"^¿?(?:puedo|se puede|es|son|debo|podemos|está) |\bse puede\b|\bpuedo\b|"
            r"\b(?:segur[oa]s?|peligros[oa]s?|potable|comestible|t[oó]xic[oa]s?)\b"
        ),
        "why": r"\bpor qu[eé]\b|\bcausas?\b|\braz[oó]n(?:es)?\b",
        "how": r"\bc[oó]mo\b|\bqu[eé] (?:hacer|hago|debo|hay|se)\b|\bprimeros auxilios\b|\bpasos\b",
        "where": r"\bd[oó]nde\b",
        "define": r"\bqu[eé] (?:es|son|significa)\b|\bdefinici[oó]n\b",
    },
    answered={
        "amount": rf"{_NUMBER}[ -]?{_UNITS}",
        "price": r"\d+(?:,\d\d)? ?(?:€|euros?|pesos?|dólares|céntimos?)\b|[€$] ?\d",
        "date": r"\b(?:1[5-9]|20)\d\d\b",
        "who": r"\b(?-i:[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+ [A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)\b",
        "safe": (
            r"\b(?:no|nunca|solo|sólo|únicamente|debe\w*|puede\w*|peligr\w+|segur\w+|evit\w+|"
            r"riesgo\w*|"
            r"tóxic\w+|potable\w*|prohibid\w+|deseche\w*)\b"
        ),
        "signs": (
            r"\b(?:señales|signos?|síntomas?|pálid\w+|confus\w+|escalofr\w+|dolor\w*|mareos?)\b"
        ),
        "why": r"\b(?:porque|pues|causa\w*|debido|para que|si no|provoca\w*|razón)\b",
    },
    restricts=(
        r"\b(?:no|nunca|jamás|salvo|excepto|sin embargo|pero|si no|de lo contrario|aunque|"
        r"evit\w+|hasta|"
        r"en lugar|sin|excepci\w+|tóxic\w+|mortal\w*|peligr\w+|precaución|advertencia|cuidado|"
        r"atención|"
        r"prohibid\w+|solo|sólo|solamente|únicamente|ningun\w*|ningún|a menos|incluso si)\b"
    ),
    forbids=(
        r"^\W*(?:advertencia|atención|precaución|peligro|importante|cuidado|nota|evit\w+|solo|sólo|"
        r"nunca|no)\b|\b(?:nunca|jamás|salvo|excepto|a menos|prohibid\w+|solo si|sólo si|"
        r"no (?:se )?(?:debe\w*|puede\w*|\w+e|\w+a|\w+en|\w+an))\b"
    ),
    cautions=(
        r"\W*(?:advertencia|atención|precaución|peligro|importante|cuidado|nota|excepción|no|nunca|"
        r"jamás|sin embargo|pero|salvo|excepto|a menos|solo si|sólo si)\b"
    ),
    label=r"\W*(?:advertencias?|atención|precaución|peligro|importante|cuidado|notas?)\W*$",
    labelled=r"\W*(?:advertencia|atención|precaución|peligro|cuidado)\b\s*(?:[:.!—–-]|$)",
    heading=r"\b(?:no|nunca|evit\w+|errores|salvo|excepto|solo|sin|peligr\w+|prohibid\w+)\b",
    backward=among(
        """esto este esta estos estas eso ese esa esos esas ello él ella ellos ellas luego entonces
        así pero también además finalmente tampoco y o segundo tercero otro otra otros otras aquel
        aquella dicho dicha dichos dichas ambos ambas"""
    ),
    cases=among(
        """a en por para si sobre bajo después con adultos adulto niños niño bebés lactantes doble
        duplique mitad aumente reduzca embarazadas"""
    ),
    tells=(
        r"^(?:no |luego |después )?(?:hierva|lave|lávese|mantenga|llame|use|utilice|evite|beba|"
        r"cubra|"
        r"aplique|presione|coloque|deje|retire|apague|corte|cierre|abra|haga|ponga|tome|busque|"
        r"espere|"
        r"guarde|añada|agregue|filtre|limpie|desinfecte|enfríe|salga|vaya|quite|ventile|avise|siga|"
        r"compruebe|mezcle|almacene|tire|deseche|caliente|sujete|eleve|tumbe|acueste)\b|"
        r"\b(?:debe|deben|hay que|tiene que)\b|^(?:no )?\w+(?:ar|er|ir)(?:lo|la|los|las|se)?\b"
    ),
)
