"""The dictionary that packed alerts are compressed with (docs/notices.md).

Both ends must have the same bytes, so it never changes; a better one gets another number. What is
most often said stands last, where pointing to it costs least. Written by hand out of what warnings
of weather services, of civil protection and of neighbours say, not trained on any file of the
tests.
"""

from __future__ import annotations

from typing import Final

NUMBER: Final = 1

_OFTEN: Final = """\
profile:CAP-CP:Location:0.3 profile:CAP-CP:Event:0.4 IPAWSv1.0 VTEC PIL WMOHEADER FIPS6 CLC \
EMMA_ID NUTS3 awareness_level awareness_type WARNCELLID EventIDKey Magnitude Depth Version \
http://www.weather.gov/ https://alerts.weather.gov/cap/ http://www. https://www. .gov/ .html \
image/png image/jpeg text/html application/octet-stream NWSheadline eventMotionDescription \
maxWindGust maxHailSize tornadoDetection THREAT SOURCE HAZARD IMPACT BLOCKCHANNEL EAS-ORG WXR \
earthquake with magnitude occurred near tsunami volcano avalanche landslide heat wave cold spell \
blizzard ice storm freezing rain snow squall fog dust storm hurricane tropical storm cyclone \
tornado watch chemical spill gas leak power cut power outage water main burst do not drink the tap \
water boil water before drinking road closed bridge closed evacuation centre shelter open at the \
school hall missing person child abduction vehicle suspect victim last seen wearing \
the National Weather Service in has issued a has extended the has cancelled the \
NATIONAL WEATHER SERVICE HAS ISSUED A FOR THE FOLLOWING COUNTIES IN REMAINS IN EFFECT UNTIL \
INCLUDING THE FOLLOWING AREAS CITY OF COUNTY IN NORTHWEST NORTHEAST SOUTHWEST SOUTHEAST NORTH \
SOUTH EAST WEST CENTRAL NORTHERN SOUTHERN EASTERN WESTERN EXTREME CALIFORNIA TEXAS FLORIDA \
A WATCH MEANS THAT CONDITIONS ARE FAVORABLE FOR MEANS THAT IS IMMINENT OR HAS BEEN REPORTED \
FLASH FLOOD WARNING FLOOD STAGE RIVER HEAVY RAIN MINOR FLOODING IS EXPECTED TO CONTINUE \
MOST FLOOD DEATHS OCCUR IN AUTOMOBILES. DO NOT ATTEMPT TO CROSS WATER COVERED ROADS. TURN AROUND \
DO NOT DROWN. MOVE TO HIGHER GROUND IMMEDIATELY. YOU SHOULD MONITOR LATER FORECASTS AND BE \
PREPARED TO TAKE ACTION SHOULD WARNINGS BE ISSUED. INTERESTED PARTIES SHOULD TAKE NECESSARY \
PRECAUTIONS. TAKE COVER NOW. MOVE TO A BASEMENT OR AN INTERIOR ROOM ON THE LOWEST FLOOR OF A \
STURDY BUILDING. AVOID WINDOWS. LIGHTNING KILLS. LARGE HAIL AND DAMAGING WINDS CAN BE EXPECTED. \
AT PM PDT PST MDT MST CDT CST EDT EST AM DOPPLER RADAR INDICATED A SEVERE THUNDERSTORM WARNING \
MOVING AT MPH. LOCATED ABOUT MILES OF STRONG DAMAGING WINDS FROM THIS STORM. OVER \
Monitor local conditions and take appropriate precautions. Stay indoors, keep away from windows. \
Turn off gas and electricity. Listen to the radio. Do not use the lift. Do not call the emergency \
services unless life is in danger. Check on your neighbours. Leave the area at once. Keep away \
from the river. Bring animals and loose things inside. Keep doors and windows closed. \
Special Weather Statement Severe Thunderstorm Warning Flood Warning Winter Storm Wind Advisory \
Red Flag Warning Air Quality Alert Child Abduction Emergency Civil Emergency Message Test Message \
Exercise This is an exercise This is a test Public General Public Environment Canada \
Deutscher Wetterdienst Amtliche WARNUNG vor STURM Unwetterwarnung Hochwasser Es besteht die Gefahr \
en-US en-GB de-DE fr-CA es-US it-IT nl-NL UTC issued by until expiring updated cancelled \
w-nws.webmaster@noaa.gov @noaa.gov SAME FFA SVR TOR FFW FLW CAE EQW \
UGC 006 @ hearth- hearth-help """

DICTIONARY: Final = _OFTEN.encode("ascii")
