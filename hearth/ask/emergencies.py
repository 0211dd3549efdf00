"""Emergency words of German, French and Spanish, and the English they stand for.

One idea a line: an entry of the English table (`synonyms.GROUPS`), or another English word that
says nothing of an emergency, then what it is called in
German, in French and in Spanish. The entries of one language stand for each other, and each for
the English one with all that stands for that: so a question in German finds what the built-in
guide says in English. Nothing leads from one of these languages to another.
"""

from __future__ import annotations

from hearth.languages import FRENCH, GERMAN, SPANISH

_COLUMNS = {GERMAN: 1, FRENCH: 2, SPANISH: 3}

TABLE = """
water | wasser | eau, eaux | agua, aguas
drinking water | trinkwasser, trinkbar, trinkbares wasser, wasser trinken, \
flusswasser, bachwasser, seewasser trinken | eau potable, potable, \
boire l'eau, eau du robinet, eau de rivière | agua potable, potable, beber agua, beber el agua, \
agua de río
sea water | meerwasser, salzwasser, seewasser | eau de mer, eau salée | agua de mar, agua del mar, \
agua salada
floodwater | flutwasser, hochwasser trinken, hochwasser abkochen, überschwemmungswasser | eau de \
crue, eau de la crue, eau d'inondation, eaux de crue, eau de l'inondation | agua de inundación, \
agua de la inundación, agua de la riada, agua de riada
drink | trinken, trinkt | boire, boit | beber, bebe
rainwater | regenwasser | eau de pluie | agua de lluvia
river | fluss, bach | rivière, ruisseau | río, arroyo
well water | brunnenwasser | eau de puits, eau du puits | agua de pozo, agua del pozo
boil | abkochen, abgekocht, abkocht, auskochen, kochen, sieden | bouillir, bouillie, bouilli, \
bouillante, ébullition, faire bouillir | hervir, hervida, hervido, hierve, hierva, hirviendo, \
ebullición
disinfect | desinfizieren, desinfektion, entkeimen, keimfrei, wasser reinigen, aufbereiten, \
wasseraufbereitung | désinfecter, désinfection, purifier, purification, stériliser | desinfectar, \
desinfección, purificar, potabilizar, esterilizar
baby formula | babynahrung, säuglingsmilch, milchpulver | lait en poudre, lait infantile, lait \
maternisé | leche de fórmula, leche en polvo
mercury | quecksilber | mercure | mercurio
bleach | chlorbleiche, chlor, bleichmittel, chlorreiniger | eau de javel, javel, chlore | lejía, \
cloro, lavandina
food | essen, lebensmittel, nahrung, nahrungsmittel, mahlzeit | nourriture, aliment, aliments, \
manger, repas, vivres | comida, alimento, alimentos, comer, víveres
fridge | kühlschrank | frigo, réfrigérateur, frigidaire | nevera, frigorífico, refrigerador, \
heladera
freezer | gefrierschrank, gefriertruhe, tiefkühltruhe, tiefkühler, gefrierfach | congélateur | \
congelador
spoiled | verdorben, schlecht geworden, vergammelt, verfault | avarié, avariée, gâté, périmé, \
pourri | estropeado, podrido, mal estado, caducado
power cut | stromausfall, blackout, strom weg, strom ausgefallen, strom fällt aus, ohne strom, \
kein strom, kein licht | panne de courant, coupure de courant, panne d'électricité, coupure \
d'électricité, plus de courant, plus d'électricité, sans électricité, sans courant | apagón, corte \
de luz, corte de electricidad, corte de corriente, sin luz, sin electricidad, se fue la luz, se ha \
ido la luz
oxygen concentrator | sauerstoffgerät, sauerstoffkonzentrator, beatmungsgerät, cpap | \
concentrateur \
d'oxygène, appareil respiratoire, cpap | concentrador de oxígeno, máquina de oxígeno, respirador \
artificial, cpap
dialysis | dialyse | dialyse | diálisis
electricity | strom, elektrizität, elektrisch | électricité, électrique, courant | electricidad, \
eléctrico, eléctrica, corriente
carbon monoxide | kohlenmonoxid, kohlenmonoxidvergiftung, kohlenmonoxyd | monoxyde de carbone, \
monoxyde | monóxido de carbono, monóxido
natural gas | gasgeruch, erdgas, gasleck, es riecht nach gas, riecht nach gas | fuite de gaz, \
odeur de gaz, gaz naturel, sent le gaz | fuga de gas, olor a gas, gas natural, huele a gas, escape \
de gas
generator | generator, notstromaggregat, stromaggregat, stromerzeuger | groupe électrogène, \
générateur, génératrice | generador, grupo electrógeno
fire | feuer, brand, hausbrand, brennt, wohnungsbrand | incendie, feu | incendio, fuego
smoke | rauch, qualm | fumée, fumées | humo
wildfire | waldbrand, buschfeuer | feu de forêt, incendie de forêt | incendio forestal
flood | hochwasser, überschwemmung, flut, überflutung, überflutet | inondation, inondé, crue | \
inundación, inundaciones, inundado, riada, crecida
storm | sturm, orkan, unwetter | tempête, ouragan, cyclone | tormenta, huracán, temporal, ciclón
thunderstorm | gewitter, blitz, blitzschlag | orage, foudre, éclair | tormenta eléctrica, rayo, \
rayos
earthquake | erdbeben, nachbeben | tremblement de terre, séisme, réplique | terremoto, sismo, \
temblor, réplica
volcano | vulkan, vulkanausbruch | volcan, éruption | volcán, erupción
ash | asche, vulkanasche | cendre, cendres | ceniza, cenizas
tornado | tornado, windhose | tornade | tornado
tsunami | tsunami, flutwelle | tsunami, raz de marée | tsunami, maremoto
landslide | erdrutsch, schlammlawine, murgang | glissement de terrain, coulée de boue | \
deslizamiento, corrimiento de tierra, alud
blizzard | schneesturm, eingeschneit | tempête de neige, blizzard | ventisca, tormenta de nieve, \
nevada
heatwave | hitzewelle | canicule, vague de chaleur | ola de calor
cold | kälte, frost | froid, gel | frío, helada
evacuate | evakuieren, evakuierung | évacuer, évacuation | evacuar, evacuación
go bag | notfallrucksack, fluchtrucksack, notgepäck, notfallausrüstung, notvorrat | sac d'urgence, \
sac d'évacuation, kit d'urgence, trousse d'urgence | mochila de emergencia, kit de emergencia, \
bolsa de emergencia
iodine | jod | iode | yodo
nuclear | atom, atombombe, atomexplosion, atomkraftwerk, kernschmelze, jodtabletten, kaliumiodid, \
radioaktiv, radioaktivität, strahlung, fallout, reaktorunfall, atomunfall | \
nucléaire, bombe atomique, comprimés d'iode, pastilles d'iode, radioactif, radioactivité, \
radiation, retombées | nuclear, bomba atómica, pastillas de yodo, radiactivo, radiactividad, \
radiación
chemical spill | chemieunfall, giftwolke, giftgas, chemikalien, gefahrstoff | accident chimique, \
nuage toxique, produits chimiques, \
produit chimique | vertido químico, nube tóxica, productos químicos, producto químico
unconscious | bewusstlos, ohnmächtig, ohnmacht, bewusstlosigkeit, nicht ansprechbar, reagiert \
nicht | inconscient, inconsciente, évanoui, évanouie, perte de connaissance, perdu connaissance, \
ne répond pas | inconsciente, desmayado, desmayada, desmayo, no responde, perdido el conocimiento
cpr | wiederbelebung, wiederbeleben, herzdruckmassage, atmet nicht, keine atmung, reanimation, \
reanimieren | réanimation, massage cardiaque, ne respire pas, ne respire plus, réanimer | \
reanimación, rcp, masaje cardíaco, no respira, reanimar
breathe | atmen, atmung, atmet, atemnot, keine luft, luftnot, luft bekommen | respirer, \
respiration, respire | respirar, respiración, respira, falta el aire, sin aire
heart attack | herzinfarkt, herzanfall, herzstillstand | crise cardiaque, infarctus, arrêt \
cardiaque | infarto, ataque al corazón, ataque cardíaco, paro cardíaco
chest pain | brustschmerz, brustschmerzen, schmerzen in der brust, druck auf der brust, enge in \
der brust | douleur à la poitrine, serre la \
poitrine, oppression dans la poitrine, douleur \
thoracique, mal à la poitrine | dolor en el pecho, dolor de pecho, \
opresión en el pecho, presión en el pecho
stroke | schlaganfall | avc, attaque cérébrale, accident vasculaire | ictus, derrame cerebral
choke | sich verschluckt, ersticken, erstickt, erstickungsanfall | s'étouffe, étouffement, \
étouffer | atragantado, atragantamiento, se atraganta, atragantarse, se ahoga con, asfixia
bleed | blutung, blutungen, blutet, bluten, blut, verblutet | saignement, saignements, saigne, \
saigner, sang, hémorragie, hémorragies | sangrado, hemorragia, hemorragias, sangra, sangrar, \
sangrando, sangre
wound | wunde, wunden, schnittwunde, platzwunde, verletzung | plaie, plaies, blessure, coupure, \
entaille | herida, heridas, me corté, se cortó, corte profundo, cortadura
fall | gestürzt, hingefallen, sturz | tombé, tombée, chute | caído, caída, se cayó
salt | salz | sel | sal
sugar | zucker | sucre | azúcar
mix | mischen, mische, anrühren | mélanger, mélange | mezclar, mezclo
milk | milch, kuhmilch | lait, lait de vache | leche, leche de vaca
drop | tropfen | goutte, gouttes | gota, gotas
honey | honig | miel | miel
burn | verbrennung, verbrennungen, verbrannt, verbrüht, verbrühung, brandwunde | brûlure, \
brûlures, brûlé, brûlée, ébouillanté | quemadura, quemaduras, quemado, quemada, escaldadura
broken bone | knochenbruch, gebrochen, bruch, beinbruch, armbruch, fraktur | fracture, os cassé, \
jambe cassée, bras cassé | fractura, hueso roto, pierna rota, brazo roto
headache | kopfschmerzen, kopfweh | mal de tête, maux de tête | dolor de cabeza
rabies | tollwut | rage | rabia
tetanus | wundstarrkrampf, tetanus | tétanos | tétanos, tétano
sprain | verstaucht, verstauchung, umgeknickt | entorse, foulure, foulé | esguince, torcedura
fever | fieber, hohes fieber | fièvre, forte fièvre | fiebre, calentura
seizure | krampfanfall, fieberkrampf, krampft, krampf, epilepsie, krämpfe, epileptischer anfall | \
convulsion, convulsions, crise \
d'épilepsie, épilepsie | convulsión, convulsiones, epilepsia
poison | vergiftung, vergiftet, gift, giftig, vergiften | empoisonnement, intoxication, \
empoisonné, poison, intoxiqué, toxique | intoxicación, envenenamiento, veneno, envenenado, \
intoxicado, tóxico
swallowed | verschluckt, geschluckt, getrunken, schluckt, verschlucken | avalé, avaler, a bu, \
ingéré | tragado, tragó, ingerido
allergic | allergie, allergisch, allergischer schock, anaphylaxie | allergie, allergique, \
anaphylaxie | alergia, alérgico, alérgica, anafilaxia
bite | biss, gebissen, bisswunde | morsure, mordu, mordue | mordedura, mordido, mordida, mordió, \
muerde
sting | stich, gestochen, wespenstich, bienenstich | piqûre, piqué, piquée | picadura, picado, \
picada
snake | schlange, schlangenbiss | serpent, vipère, morsure de serpent | serpiente, víbora, \
mordedura de serpiente
tick | zecke, zecken, zeckenbiss | tique, tiques | garrapata, garrapatas
hypothermia | unterkühlung, unterkühlt | hypothermie | hipotermia
frostbite | erfrierung, erfrierungen, erfroren | gelure, gelures, engelure | dedos congelados, por \
congelación, signos de congelación
heatstroke | hitzschlag, sonnenstich | coup de chaleur, insolation, coup de soleil | golpe de \
calor, insolación
heat exhaustion | hitzeerschöpfung, überhitzt | épuisement par la chaleur | agotamiento por calor
dehydration | austrocknung, dehydriert, dehydrierung, flüssigkeitsmangel | déshydratation, \
déshydraté | deshidratación, deshidratado
diarrhoea | durchfall, diarrhö | diarrhée | diarrea
vomit | erbrechen, erbricht, übergeben, kotzen | vomir, vomit, vomissement, vomissements | \
vomitar, vomita, vómito, vómitos
medicine | medikament, medikamente, arznei, arzneimittel, tabletten | médicament, médicaments, \
comprimé, comprimés | medicamento, medicamentos, medicina, medicinas, pastillas
painkiller | schmerzmittel, paracetamol, ibuprofen | antidouleur, antidouleurs, paracétamol, \
ibuprofène | analgésico, analgésicos, paracetamol, ibuprofeno
insulin | insulin | insuline | insulina
diabetes | diabetes, zuckerkrank, diabetiker | diabète, diabétique | diabetes, diabético, \
diabética
asthma | asthma, asthmaanfall, asthmaspray, asthmatiker | asthme, asthmatique, crise d'asthme, \
ventoline, inhalateur | asma, \
ataque de asma, inhalador, ventolin
drown | ertrunken, ertrinken, ertrinkt | noyade, noyé, se noie, noyer | ahogamiento, ahogado, \
ahogada
electrocuted | stromschlag, elektroschock, stromleitung, hochspannung | électrocution, \
électrocuté, décharge électrique, câble électrique | electrocución, electrocutado, descarga \
eléctrica, cable eléctrico
head injury | kopfverletzung, gehirnerschütterung | traumatisme crânien, commotion, blessure à la \
tête | golpe en la cabeza, conmoción, traumatismo craneal
nosebleed | nasenbluten, nase blutet, blutet aus der nase | saignement de nez, saigne du nez, nez \
saigne | sangrado de nariz, hemorragia nasal, sangra la nariz, nariz sangra, sangra por la nariz
infected | infektion, entzündet, entzündung, infiziert, eiter | infection, infecté, infectée, pus \
| infección, infectado, infectada, pus
shock | schock, schockzustand | état de choc, choc | shock, estado de choque
baby | baby, säugling, neugeborenes | bébé, nourrisson, nouveau-né | mi bebé, el bebé, un bebé, al \
bebé, su bebé, recién nacido, lactante
child | kind, kinder, kleinkind, sohn, tochter | enfant, enfants, fils, fille | niño, niña, \
niños, niñas, hijo, hija
pregnant | schwanger, schwangerschaft, schwangere | enceinte, grossesse | embarazada, embarazo
toilet | toilette, klo | toilettes, cabinet, wc | inodoro, baño, retrete, wc
battery | akku, batterie, batterien | batterie, pile, piles, batteries | batería, baterías, pila, \
pilas
mobile phone | handy, mobiltelefon, smartphone, telefon | téléphone, portable, téléphone portable \
| móvil, celular, teléfono
radio | radio, funkgerät, funk | radio, talkie-walkie | radio, walkie-talkie
torch | taschenlampe | lampe de poche, lampe torche | linterna
candle | kerze, kerzen | bougie, bougies, chandelle | vela, velas
stove | herd, gaskocher, grill, holzkohle, campingkocher | réchaud, cuisinière, barbecue, charbon \
de bois, gazinière | cocina de gas, hornillo, estufa de gas, barbacoa, carbón
heater | heizung, heizofen, ofen, heizstrahler | chauffage, radiateur, poêle | calefacción, \
calefactor
indoors | drinnen, wohnzimmer, im haus, in der wohnung, im zelt | à l'intérieur, salon, dans la \
maison, dans la tente | dentro, dentro de casa, en casa, salón
warm | wärme, warm halten, aufwärmen, warmhalten | chaleur, réchauffer, tenir chaud | calor, \
calentar, abrigar
evacuate | flüchten, haus verlassen | quitter la maison, fuir | abandonar la casa, huir
rescue | rettung, retten, gerettet | secours, sauvetage, sauver | rescate, rescatar
stuck | eingeschlossen, verschüttet, steckengeblieben, eingeklemmt | coincé, coincée, bloqué, \
piégé | atrapado, atrapada, atascado
doctor | arzt, notarzt, krankenwagen, notruf, krankenhaus, rettungsdienst | médecin, docteur, \
ambulance, hôpital, samu | médico, doctor, ambulancia, hospital
missing | vermisst, verschwunden, weggelaufen, verlaufen | disparu, disparue, égaré, fugue | \
desaparecido, desaparecida, se perdió, perdido
tongue | zunge | langue | lengua
throat | hals, rachen | gorge | garganta
swelling | schwellung, geschwollen, schwillt | gonflé, gonfle, gonflée, enflé | hinchado, \
hinchada, hincha, hinchazón
face | gesicht | visage | cara
chest | brust | poitrine | pecho
pain | schmerz, schmerzen, tut weh | douleur, douleurs, mal | dolor, dolores, duele
skin | haut | peau | piel
hand | hand, hände | main, mains | mano, manos
back | rücken | dos | espalda
neck | nacken, genick | cou, nuque | cuello
knife | messer | couteau | cuchillo
dead | tot, leiche, gestorben, verstorben | mort, morte, cadavre, décédé | muerto, muerta, \
cadáver, fallecido
suicide | suizid, selbstmord, umbringen, nicht mehr leben | suicide, me tuer, envie de mourir, en \
finir | suicidio, suicidarme, matarme, no quiero vivir
panic attack | panik, panikattacke, angst | panique, crise d'angoisse, angoisse, peur | pánico, \
ansiedad, ataque de pánico, miedo
window | fenster | fenêtre, fenêtres | ventana, ventanas
mask | maske, atemschutz, mundschutz | masque, masques | mascarilla, máscara
blanket | decke, schlafsack, decken | couverture, sac de couchage, couvertures | manta, mantas, \
saco de dormir, cobija
lift | aufzug, fahrstuhl | ascenseur | ascensor
petrol | benzin, diesel, kraftstoff, sprit | essence, gasoil, carburant | gasolina, combustible
charge | laden, aufladen, lädt | charger, recharger, recharge | cargar, recargar, carga
store | lagern, aufbewahren, haltbar, lagerung | conserver, stocker, conservation | almacenar, \
conservar, guardar
dressing | verband, druckverband, pflaster, verbandszeug | pansement, bandage, compresse | \
vendaje, venda, gasa
eye | auge, augen | œil, oeil, yeux | ojo, ojos
tooth | zahn, zähne, zahnschmerzen | dent, dents | diente, dientes, muela
car | auto, wagen, fahrzeug | voiture, véhicule | coche, carro, vehículo
livestock | vieh, kühe, rinder, schafe | bétail, vaches, moutons | ganado, vacas, ovejas
violence | gewalt, häusliche gewalt, misshandelt, verprügelt | violence, violences, violence \
conjugale, maltraitance | violencia, violencia de género, maltrato, maltrata
rape | vergewaltigt, vergewaltigung, sexueller übergriff | viol, violé, violée, agression \
sexuelle | violación, violada, violado, violaron, violó, agresión sexual
intruder | einbrecher, einbruch | cambrioleur, cambriolage, intrus, effraction | ladrón, ladrones, \
intruso, intrusos
dementia | demenz, dement, alzheimer | démence, alzheimer | demencia, alzheimer
wheelchair | rollstuhl | fauteuil roulant | silla de ruedas
pet | haustier, hund, katze | animal domestique, chien, chat | mascota, perro, gato
mould | schimmel | moisissure, moisissures | moho
cook | zubereiten, kocht essen | cuisiner, cuire | cocinar
ice | eis | glace | hielo
snow | schnee | neige | nieve
butter | butter | beurre | mantequilla
severe | stark, starke, starker, starken, heftig, heftige | abondamment, abondant, abondante, \
grave, forte | abundante, fuerte, grave
tourniquet | abbinden, tourniquet | garrot | torniquete
wet clothes | nasse kleidung, nasse kleider | vêtements mouillés | ropa mojada, ropa húmeda
filter | filter, filtern, gefiltert | filtre, filtrer, filtré | filtro, filtrar, filtrada
basement | keller | cave, sous-sol | sótano
door | tür, türen | porte, portes | puerta, puertas
leg | bein, beine | jambe, jambes | pierna, piernas
arm | arm, arme | bras | brazo, brazos
head | kopf | tête | cabeza
finger | finger | doigt, doigts | dedo, dedos
neighbour | nachbar, nachbarn, nachbarin | voisin, voisins, voisine | vecino, vecinos, vecina
"""


def groups(language: str) -> list[tuple[str, list[str]]]:
    """(the English entry, what stands for it in the language) of every line."""
    column = _COLUMNS[language]
    rows = [line.split("|") for line in TABLE.strip().split("\n")]
    return [(row[0].strip(), [one.strip() for one in row[column].split(",")]) for row in rows]
