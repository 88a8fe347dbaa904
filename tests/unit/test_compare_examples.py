"""Sentences before and after, and what of it is told: one table for all kinds, six languages.

A row is language, before, after, expected: "kind direction severity; …", or "" where nothing may be told.
"""

from __future__ import annotations

import pytest

from monitor.types import Comparison
from tests.unit.meaning_pages import compare_texts, page_of, told

GREETINGS = {
    "en": "Welcome to our clinic in the city.",
    "nl": "Welkom bij onze kliniek in de stad.",
    "da": "Velkommen til vores klinik i byen.",
    "es": "Bienvenidos a nuestra clínica en la ciudad.",
    "de": "Willkommen in unserer Klinik in der Stadt.",
    "fr": "Bienvenue dans notre clinique en ville.",
}

EXAMPLES = [
    (
        "en",
        "Our treatment may relieve chronic back pain.",
        "Our treatment relieves chronic back pain.",
        "efficacy strengthened high",
    ),
    (
        "en",
        "The therapy could potentially slow the progression of ALS.",
        "The therapy slows the progression of ALS.",
        "efficacy strengthened high",
    ),
    (
        "en",
        "Patients often report reduced pain within weeks.",
        "Patients always report reduced pain within weeks.",
        "efficacy strengthened high",
    ),
    (
        "en",
        "Some patients experience better mobility.",
        "Most patients experience better mobility.",
        "efficacy strengthened high",
    ),
    (
        "en",
        "Most patients experience better mobility.",
        "All patients experience better mobility.",
        "efficacy strengthened critical",
    ),
    ("en", "Four in five patients reported less pain.", "80% of patients reported less pain.", ""),
    (
        "en",
        "Four in five patients reported less pain.",
        "Nine in ten patients reported less pain.",
        "efficacy strengthened high",
    ),
    ("en", "Our success rate is 75%.", "Our success rate is 92%.", "efficacy strengthened high"),
    ("en", "Our success rate is 92%.", "Our success rate is 75%.", "efficacy weakened medium"),
    (
        "en",
        "The procedure has few side effects.",
        "The procedure has no side effects.",
        "safety strengthened critical",
    ),
    ("en", "The treatment is safe.", "The treatment is 100% safe and risk-free.", "safety strengthened critical"),
    (
        "en",
        "Stem cells help to reduce inflammation.",
        "Stem cells help to reduce inflammation. They also cure diabetes.",
        "indication added high; efficacy added critical",
    ),
    (
        "en",
        "We offer therapy for knee pain.",
        "We offer therapy for knee pain. Results are guaranteed.",
        "efficacy added critical",
    ),
    ("en", "This treatment has not been approved by the FDA.", "", "status removed critical"),
    (
        "en",
        "Stem cell therapy is not FDA approved.",
        "Stem cell therapy is FDA approved.",
        "status removed critical; regulatory added critical",
    ),
    (
        "en",
        "Our laboratory is registered with the FDA.",
        "Our laboratory is approved by the FDA.",
        "regulatory strengthened critical",
    ),
    ("en", "Possible side effects include fever, headache and infection.", "", "risk removed critical"),
    (
        "en",
        "Possible side effects include fever, headache and infection.",
        "Possible side effects include fever.",
        "risk weakened high",
    ),
    ("en", "Serious complications may occur.", "Minor complications may occur.", "risk weakened high"),
    (
        "en",
        "The evidence for this therapy is limited.",
        "The evidence for this therapy is strong.",
        "status removed critical; evidence added high",
    ),
    ("en", "We treat lupus and arthritis.", "We treat lupus, arthritis and autism.", "indication added high"),
    (
        "en",
        "Suitable for patients with COPD, asthma and heart failure.",
        "Suitable for patients with COPD and asthma.",
        "indication removed medium",
    ),
    ("en", "We now also treat children with cerebral palsy.", "", "indication removed medium"),
    ("en", "", "We now also treat children with cerebral palsy.", "indication added high"),
    ("en", "Cells are given intravenously.", "Cells are given by lumbar puncture.", "treatment changed high"),
    (
        "en",
        "We use bone marrow from your own hip.",
        "We use exosomes from donated placentas.",
        "treatment changed high",
    ),
    ("en", "You will receive 3 injections.", "You will receive 5 injections.", "treatment increased medium"),
    ("en", "You will receive 5 injections.", "You will receive 3 injections.", "treatment decreased low"),
    (
        "en",
        "Each dose contains 100 million cells.",
        "Each dose contains 80 million cells.",
        "treatment decreased low",
    ),
    (
        "en",
        "We have treated more than 500 patients.",
        "We have treated more than 2,000 patients.",
        "evidence strengthened high",
    ),
    ("en", "A randomised controlled trial of our method was published in 2021.", "", "evidence removed medium"),
    (
        "en",
        "Our method is being studied in a phase I trial.",
        "Our method is being studied in a phase III trial.",
        "evidence strengthened high",
    ),
    ("en", "Dr. Jones is board-certified and has 20 years of experience.", "", "standing removed low"),
    ("en", "", "We are the leading stem cell clinic in Europe.", "standing added medium"),
    ("en", "", "Only 3 places left this month!", "urgency added medium"),
    ("en", "", "Start your treatment as soon as possible after diagnosis.", "urgency added high"),
    (
        "en",
        "“After the treatment my knee felt better.” – John, 54",
        "“After the treatment I was completely cured.” – John, 54",
        "testimonial strengthened critical",
    ),
    ("en", "Information on this website is not medical advice.", "", "outcome removed critical"),
    ("en", "The clinic accepts no liability for the outcome of treatment.", "", "outcome removed critical"),
    (
        "en",
        "The treatment is not a cure, but it may ease symptoms.",
        "The treatment may ease symptoms.",
        "outcome removed critical",
    ),
    (
        "en",
        "No patient has ever been cured by this therapy.",
        "Many patients have been cured by this therapy.",
        "outcome removed critical; efficacy added critical",
    ),
    ("en", "The effects last up to 12 months.", "The effects last up to 24 months.", "efficacy strengthened high"),
    ("en", "The improvement is temporary.", "The improvement is permanent.", "efficacy strengthened high"),
    (
        "en",
        "Please note that stem cell therapy is considered experimental.",
        "Please note that stem cell therapy is considered investigational.",
        "",
    ),
    ("en", "It is not approved by the FDA.", "It lacks FDA approval.", ""),
    ("en", "It may help with fatigue.", "It could help with fatigue.", ""),
    (
        "en",
        "Stem cells can develop into many different types of cells.",
        "Stem cells are able to turn into many kinds of cells.",
        "",
    ),
    ("en", "Parking is available behind the clinic.", "Free parking is available next to the clinic.", ""),
    ("en", "Our office is open Monday to Friday.", "Our office is open Monday to Saturday.", ""),
    ("en", "Dr. Smith joined our team in 2019.", "Dr. Brown joined our team in 2021.", ""),
    (
        "en",
        "Lupus affects about 5 million people worldwide.",
        "Lupus affects about 5.5 million people worldwide.",
        "",
    ),
    (
        "en",
        "Arthritis is a painful inflammation of the joints.",
        "Arthritis is an inflammation of the joints that causes pain.",
        "",
    ),
    ("en", "Contact us to learn more about our programs.", "Get in touch to find out more about our programs.", ""),
    (
        "en",
        "Read our latest blog posts about regenerative medicine.",
        "Read our newest articles about regenerative medicine.",
        "",
    ),
    ("en", "The appointment takes about 60 minutes.", "The appointment takes about 90 minutes.", ""),
    ("en", "Patients report less pain and better sleep.", "Patients report better sleep and less pain.", ""),
    ("en", "Our doctors use stem cells from fat tissue.", "Our physicians use stem cells from adipose tissue.", ""),
    ("en", "Individual results may vary.", "Results may differ from person to person.", ""),
    ("en", "We cannot guarantee results.", "Results cannot be guaranteed.", ""),
    ("en", "What is Parkinson's disease?", "What is Parkinson’s?", ""),
    ("en", "The treatment is well tolerated.", "The treatment is generally well tolerated.", ""),
    (
        "en",
        "Our clinic is located in the centre of Panama City.",
        "You will find our clinic in downtown Panama City.",
        "",
    ),
    ("en", "Last updated: 3 March 2024", "Last updated: 9 September 2025", ""),
    ("en", "“The staff were so kind to me.” – Anna", "“I loved the view from my room.” – Pete", ""),
    ("en", "About one in two patients reports improvement.", "Half of the patients report improvement.", ""),
    ("nl", "De behandeling kan pijn verminderen.", "De behandeling vermindert pijn.", "efficacy strengthened high"),
    (
        "nl",
        "Stamceltherapie zou de klachten kunnen verlichten.",
        "Stamceltherapie verlicht de klachten.",
        "efficacy strengthened high",
    ),
    (
        "nl",
        "Sommige patiënten merken verbetering.",
        "De meeste patiënten merken verbetering.",
        "efficacy strengthened high",
    ),
    (
        "nl",
        "De therapie geneest artrose niet.",
        "De therapie geneest artrose.",
        "outcome removed critical; efficacy added critical",
    ),
    (
        "nl",
        "De behandeling is niet goedgekeurd door de inspectie.",
        "De behandeling is goedgekeurd door de inspectie.",
        "status removed critical; regulatory added critical",
    ),
    ("nl", "Resultaten kunnen per persoon verschillen.", "", "outcome removed critical"),
    ("nl", "Er zijn risico's, zoals infectie en bloedingen.", "", "risk removed critical"),
    (
        "nl",
        "Wij behandelen artrose en reuma.",
        "Wij behandelen artrose, reuma en fibromyalgie.",
        "indication added high",
    ),
    ("nl", "", "Nieuw: stamceltherapie bij autisme.", "indication added high"),
    (
        "nl",
        "We gebruiken stamcellen uit uw eigen vetweefsel.",
        "We gebruiken stamcellen uit donornavelstrengen.",
        "treatment changed high",
    ),
    (
        "nl",
        "De stamcellen worden via een infuus toegediend.",
        "De stamcellen worden via een ruggenprik toegediend.",
        "treatment changed high",
    ),
    (
        "nl",
        "De behandeling is veilig.",
        "De behandeling is volledig veilig en zonder bijwerkingen.",
        "safety strengthened critical",
    ),
    ("nl", "Onze artsen hebben 10 jaar ervaring.", "Onze artsen hebben 15 jaar ervaring.", "standing changed low"),
    ("nl", "", "Nog maar 5 plaatsen beschikbaar deze maand!", "urgency added medium"),
    (
        "nl",
        "De werkzaamheid is niet wetenschappelijk bewezen.",
        "De werkzaamheid is wetenschappelijk bewezen.",
        "status removed critical; evidence added high",
    ),
    ("nl", "De resultaten verschillen van patiënt tot patiënt.", "De resultaten variëren per patiënt.", ""),
    ("nl", "De therapie kan mogelijk helpen bij pijn.", "De therapie zou kunnen helpen bij pijn.", ""),
    ("nl", "Vier op de vijf patiënten ervaart minder pijn.", "80% van de patiënten ervaart minder pijn.", ""),
    (
        "nl",
        "Ons secretariaat is bereikbaar van 9 tot 17 uur.",
        "Ons secretariaat is bereikbaar van 8.30 tot 16.30 uur.",
        "",
    ),
    ("nl", "Artrose is een aandoening van het gewricht.", "Artrose is een gewrichtsaandoening.", ""),
    (
        "nl",
        "De behandeling verlicht niet alleen pijn, maar verbetert ook de mobiliteit.",
        "De behandeling verlicht pijn en verbetert ook de mobiliteit.",
        "",
    ),
    ("nl", "Meld u aan voor onze nieuwsbrief.", "Schrijf u in voor onze nieuwsbrief.", ""),
    ("nl", "Het betreft geen reguliere behandeling.", "", "status removed critical"),
    (
        "nl",
        "De effecten houden zes maanden aan.",
        "De effecten houden twaalf maanden aan.",
        "efficacy strengthened high",
    ),
    (
        "nl",
        "Er zijn geen ernstige bijwerkingen bekend.",
        "Er zijn geen bijwerkingen.",
        "safety strengthened critical",
    ),
    ("da", "Behandlingen kan lindre smerter.", "Behandlingen fjerner smerter.", "efficacy strengthened high"),
    ("da", "Nogle patienter oplever bedring.", "De fleste patienter oplever bedring.", "efficacy strengthened high"),
    ("da", "70 % af patienterne får det bedre.", "90 % af patienterne får det bedre.", "efficacy strengthened high"),
    (
        "da",
        "Behandlingen helbreder ikke slidgigt.",
        "Behandlingen helbreder slidgigt.",
        "outcome removed critical; efficacy added critical",
    ),
    (
        "da",
        "Behandlingen er ikke godkendt af Lægemiddelstyrelsen.",
        "Behandlingen er godkendt af Lægemiddelstyrelsen.",
        "status removed critical; regulatory added critical",
    ),
    (
        "da",
        "Der er begrænset evidens for effekten.",
        "Der er solid evidens for effekten.",
        "status removed critical; evidence added high",
    ),
    ("da", "Resultaterne varierer fra person til person.", "", "outcome removed critical"),
    (
        "da",
        "Bivirkninger kan være infektion, feber og hævelse.",
        "Bivirkninger kan være hævelse.",
        "risk weakened high",
    ),
    (
        "da",
        "Vi behandler slidgigt og sportsskader.",
        "Vi behandler slidgigt, sportsskader og sklerose.",
        "indication added high",
    ),
    (
        "da",
        "Vi bruger patientens egne stamceller fra fedtvæv.",
        "Vi bruger donorstamceller fra navlesnoren.",
        "treatment changed high",
    ),
    (
        "da",
        "Behandlingen er sikker.",
        "Behandlingen er fuldstændig sikker og uden bivirkninger.",
        "safety strengthened critical",
    ),
    ("da", "", "Få pladser tilbage – book nu!", "urgency added medium"),
    ("da", "", "Start behandlingen hurtigst muligt efter skaden.", "urgency added high"),
    ("da", "Virkningen er midlertidig.", "Virkningen er permanent.", "efficacy strengthened high"),
    ("da", "Effekten varierer fra patient til patient.", "Effekten kan variere mellem patienter.", ""),
    ("da", "Behandlingen kan muligvis hjælpe.", "Behandlingen kan måske hjælpe.", ""),
    ("da", "Slidgigt rammer omkring 900.000 danskere.", "Slidgigt rammer cirka 1 million danskere.", ""),
    ("da", "Fire ud af fem patienter oplever bedring.", "80 % af patienterne oplever bedring.", ""),
    ("da", "Cookies hjælper os med at forbedre siden.", "Vi bruger cookies til statistik.", ""),
    ("da", "Vores klinik ligger i København.", "Klinikken ligger centralt i København.", ""),
    (
        "da",
        "Behandlingen lindrer ikke kun smerter, den forbedrer også søvnen.",
        "Behandlingen lindrer smerter, og den forbedrer også søvnen.",
        "",
    ),
    ("es", "La terapia puede mejorar la movilidad.", "La terapia mejora la movilidad.", "efficacy strengthened high"),
    (
        "es",
        "Algunos pacientes notan mejoría.",
        "Todos los pacientes notan mejoría.",
        "efficacy strengthened critical",
    ),
    ("es", "El 60 % de los pacientes mejora.", "El 85 % de los pacientes mejora.", "efficacy strengthened high"),
    (
        "es",
        "No garantizamos resultados.",
        "Garantizamos resultados.",
        "outcome removed critical; efficacy added critical",
    ),
    (
        "es",
        "El tratamiento no está aprobado por la FDA.",
        "El tratamiento está aprobado por la FDA.",
        "status removed critical; regulatory added critical",
    ),
    ("es", "Los resultados pueden variar de una persona a otra.", "", "outcome removed critical"),
    ("es", "Entre los riesgos figuran infección, sangrado y dolor.", "", "risk removed critical"),
    (
        "es",
        "Tratamos artrosis y artritis.",
        "Tratamos artrosis, artritis y esclerosis múltiple.",
        "indication added high",
    ),
    ("es", "", "También tratamos el autismo y la parálisis cerebral.", "indication added high"),
    (
        "es",
        "Utilizamos células madre del propio paciente.",
        "Utilizamos células madre de cordón umbilical de donante.",
        "treatment changed high",
    ),
    (
        "es",
        "El tratamiento es seguro.",
        "El tratamiento es totalmente seguro y sin efectos secundarios.",
        "safety strengthened critical",
    ),
    (
        "es",
        "No hay evidencia suficiente de su eficacia.",
        "Existe evidencia sólida de su eficacia.",
        "status removed critical; evidence added high",
    ),
    ("es", "", "Plazas limitadas: solo quedan 4 este mes.", "urgency added medium"),
    ("es", "Puede ayudar a reducir el dolor.", "Podría ayudar a reducir el dolor.", ""),
    (
        "es",
        "La terapia no solo alivia el dolor, sino que mejora el sueño.",
        "La terapia alivia el dolor y mejora el sueño.",
        "",
    ),
    ("es", "El tratamiento no está aprobado por la AEMPS.", "El tratamiento carece de aprobación de la AEMPS.", ""),
    ("es", "Cuatro de cada cinco pacientes mejoran.", "El 80 % de los pacientes mejora.", ""),
    (
        "es",
        "Nuestro equipo tiene 10 años de experiencia.",
        "Nuestro equipo tiene 20 años de experiencia.",
        "standing changed low",
    ),
    ("de", "Die Therapie kann Schmerzen lindern.", "Die Therapie lindert Schmerzen.", "efficacy strengthened high"),
    (
        "de",
        "Einige Patienten berichten über weniger Schmerzen.",
        "Alle Patienten berichten über weniger Schmerzen.",
        "efficacy strengthened critical",
    ),
    (
        "de",
        "Bei 60 % der Patienten bessern sich die Beschwerden.",
        "Bei 80 % der Patienten bessern sich die Beschwerden.",
        "efficacy strengthened high",
    ),
    (
        "de",
        "Die Behandlung ist in Deutschland nicht zugelassen.",
        "Die Behandlung ist in Deutschland zugelassen.",
        "status removed critical; regulatory added critical",
    ),
    (
        "de",
        "Ein Erfolg kann nicht garantiert werden.",
        "Der Erfolg ist garantiert.",
        "outcome removed critical; efficacy added critical",
    ),
    ("de", "Die Ergebnisse können individuell variieren.", "", "outcome removed critical"),
    (
        "de",
        "Mögliche Nebenwirkungen sind Fieber, Infektionen und Blutungen.",
        "Mögliche Nebenwirkungen sind Fieber.",
        "risk weakened high",
    ),
    (
        "de",
        "Wir behandeln Arthrose und Rheuma.",
        "Wir behandeln Arthrose, Rheuma und Multiple Sklerose.",
        "indication added high",
    ),
    (
        "de",
        "Wir verwenden Stammzellen aus Ihrem eigenen Fettgewebe.",
        "Wir verwenden Stammzellen aus gespendeten Nabelschnüren.",
        "treatment changed high",
    ),
    (
        "de",
        "Die Behandlung ist sicher.",
        "Die Behandlung ist völlig sicher und nebenwirkungsfrei.",
        "safety strengthened critical",
    ),
    ("de", "Die Wirkung hält vorübergehend an.", "Die Wirkung hält dauerhaft an.", "efficacy strengthened high"),
    (
        "de",
        "Die Ergebnisse sind von Patient zu Patient unterschiedlich.",
        "Die Ergebnisse variieren von Patient zu Patient.",
        "",
    ),
    ("de", "Die Therapie könnte helfen.", "Die Therapie kann möglicherweise helfen.", ""),
    ("de", "Vier von fünf Patienten spüren eine Besserung.", "80 % der Patienten spüren eine Besserung.", ""),
    (
        "de",
        "Unsere Praxis befindet sich im Zentrum von München.",
        "Sie finden unsere Praxis in der Münchner Innenstadt.",
        "",
    ),
    (
        "fr",
        "Le traitement peut soulager la douleur.",
        "Le traitement soulage la douleur.",
        "efficacy strengthened high",
    ),
    (
        "fr",
        "Certains patients constatent une amélioration.",
        "Tous les patients constatent une amélioration.",
        "efficacy strengthened critical",
    ),
    ("fr", "60 % des patients vont mieux.", "85 % des patients vont mieux.", "efficacy strengthened high"),
    (
        "fr",
        "Le traitement n'est pas autorisé par l'ANSM.",
        "Le traitement est autorisé par l'ANSM.",
        "status removed critical; regulatory added critical",
    ),
    (
        "fr",
        "Nous ne garantissons pas les résultats.",
        "Nous garantissons les résultats.",
        "outcome removed critical; efficacy added critical",
    ),
    ("fr", "Les résultats peuvent varier d'un patient à l'autre.", "", "outcome removed critical"),
    ("fr", "Les risques comprennent infection, saignement et douleur.", "", "risk removed critical"),
    (
        "fr",
        "Nous traitons l'arthrose et l'arthrite.",
        "Nous traitons l'arthrose, l'arthrite et la sclérose en plaques.",
        "indication added high",
    ),
    (
        "fr",
        "Nous utilisons vos propres cellules.",
        "Nous utilisons des cellules de cordon ombilical de donneurs.",
        "treatment changed high",
    ),
    (
        "fr",
        "Le traitement est sûr.",
        "Le traitement est totalement sûr et sans effets secondaires.",
        "safety strengthened critical",
    ),
    ("fr", "Le traitement pourrait aider.", "Le traitement peut aider.", ""),
    (
        "fr",
        "L'efficacité n'est pas scientifiquement prouvée.",
        "L'efficacité est scientifiquement prouvée.",
        "status removed critical; evidence added high",
    ),
    ("fr", "Les résultats ne peuvent être garantis.", "Nous ne pouvons pas garantir les résultats.", ""),
    ("fr", "Notre centre est ouvert du lundi au vendredi.", "Notre centre est ouvert du lundi au samedi.", ""),
    (
        "en",
        "Results vary from patient to patient.",
        "Results are the same for every patient.",
        "outcome removed critical; efficacy added critical",
    ),
    (
        "en",
        "Stem cell therapy has helped some of our clients regain movement.",
        "Stem cell therapy helps our clients regain movement.",
        "efficacy strengthened high",
    ),
    (
        "en",
        "We hope that the infusion will slow the disease.",
        "The infusion slows the disease.",
        "efficacy strengthened high",
    ),
    (
        "en",
        "Roughly two thirds of those treated felt stronger.",
        "Nearly everyone treated felt stronger.",
        "efficacy strengthened high",
    ),
    ("en", "Pain scores fell by 30% on average.", "Pain scores fell by 55% on average.", "efficacy strengthened high"),
    (
        "en",
        "You might notice a difference after three months.",
        "You will notice a difference within two weeks.",
        "efficacy strengthened high",
    ),
    ("en", "The risk of complications is low.", "There is no risk of complications.", "safety strengthened critical"),
    ("en", "Our clinic does not claim to cure any disease.", "", "outcome removed critical"),
    ("en", "The FDA has not reviewed these statements.", "", "status removed critical"),
    ("en", "Bone marrow is drawn from your hip.", "Cells come from screened donors.", "treatment changed high"),
    (
        "en",
        "Sessions are repeated every six months.",
        "Sessions are repeated every two months.",
        "treatment changed medium",
    ),
    (
        "en",
        "We only treat adults with knee arthritis.",
        "We treat adults with knee arthritis, hip arthritis and back pain.",
        "indication added high",
    ),
    ("en", "Our surgeons trained at Harvard.", "", "standing removed low"),
    ("en", "", "No other clinic in Europe offers this technique.", "standing added medium"),
    ("en", "The pilot study involved 20 patients.", "The study involved 200 patients.", "evidence strengthened high"),
    (
        "en",
        "Findings have been submitted to a journal.",
        "Findings have been published in a peer-reviewed journal.",
        "evidence strengthened high",
    ),
    ("en", "You may feel sore for a few days.", "", "risk removed critical"),
    (
        "en",
        "Rare but serious adverse events have been reported.",
        "Adverse events are rare and mild.",
        "risk weakened high",
    ),
    (
        "en",
        "The cells are injected into the knee.",
        "The cells are injected into the spinal canal.",
        "treatment changed high",
    ),
    ("en", "The results are encouraging.", "The results are spectacular.", "efficacy strengthened high"),
    ("en", "Our patients come from all over the world.", "Patients travel to us from many countries.", ""),
    ("en", "The knee is the largest joint in the body.", "The knee is the body's largest joint.", ""),
    (
        "en",
        "Please complete the intake form before your visit.",
        "Fill in the intake form ahead of your appointment.",
        "",
    ),
    ("en", "The therapy eases symptoms for some patients.", "In some patients the therapy relieves symptoms.", ""),
    ("en", "This therapy is unproven.", "This therapy has not been proven.", ""),
    ("en", "We accept credit cards.", "Credit cards are accepted.", ""),
    (
        "en",
        "MS is a chronic disease of the nervous system.",
        "Multiple sclerosis is a chronic neurological disease.",
        "",
    ),
    (
        "nl",
        "In sommige gevallen neemt de pijn af.",
        "In vrijwel alle gevallen neemt de pijn af.",
        "efficacy strengthened high",
    ),
    (
        "nl",
        "De behandeling heeft als doel de pijn te verlichten.",
        "De behandeling verlicht de pijn.",
        "efficacy strengthened high",
    ),
    ("nl", "Deze behandeling vervangt geen reguliere zorg.", "", "outcome removed critical"),
    (
        "nl",
        "Er is nog onvoldoende bewijs voor de werkzaamheid.",
        "Er is voldoende bewijs voor de werkzaamheid.",
        "status removed critical; evidence added high",
    ),
    ("nl", "U krijgt drie infusen.", "U krijgt vier infusen.", "treatment increased medium"),
    ("nl", "Bijwerkingen komen zelden voor.", "Bijwerkingen komen niet voor.", "safety strengthened critical"),
    ("nl", "Wij zijn de enige kliniek in Nederland met deze methode.", "", "standing removed low"),
    ("nl", "Ook mensen met long covid kunnen bij ons terecht.", "", "indication removed medium"),
    ("nl", "Onze kliniek is per trein goed bereikbaar.", "U kunt onze kliniek makkelijk met de trein bereiken.", ""),
    ("nl", "De behandeling is niet goedgekeurd door de FDA.", "De FDA heeft de behandeling niet goedgekeurd.", ""),
    (
        "da",
        "Nogle få patienter oplever effekt.",
        "Langt de fleste patienter oplever effekt.",
        "efficacy strengthened high",
    ),
    ("da", "Formålet er at lindre smerter.", "Behandlingen lindrer smerter effektivt.", "efficacy strengthened high"),
    ("da", "Der kan opstå komplikationer.", "", "risk removed critical"),
    (
        "da",
        "Vi kan ikke love et bestemt resultat.",
        "Vi lover et godt resultat.",
        "outcome removed critical; efficacy added critical",
    ),
    (
        "da",
        "Behandlingen består af to injektioner.",
        "Behandlingen består af fire injektioner.",
        "treatment increased medium",
    ),
    ("da", "Også patienter med sklerose kan behandles.", "", "indication removed medium"),
    ("da", "Klinikken har åbent om lørdagen.", "Vi har også åbent lørdag.", ""),
    ("es", "Se espera que la terapia reduzca el dolor.", "La terapia reduce el dolor.", "efficacy strengthened high"),
    ("es", "Este tratamiento no sustituye la atención médica.", "", "outcome removed critical"),
    ("es", "Se administran dos dosis.", "Se administran cuatro dosis.", "treatment increased medium"),
    ("es", "Las complicaciones son poco frecuentes.", "No hay complicaciones.", "safety strengthened critical"),
    ("es", "Somos pioneros en medicina regenerativa.", "", "standing removed low"),
    ("es", "Nuestra clínica está cerca del metro.", "La clínica se encuentra junto al metro.", ""),
    ("de", "Die Therapie soll Beschwerden lindern.", "Die Therapie lindert Beschwerden.", "efficacy strengthened high"),
    ("de", "In seltenen Fällen kann es zu Infektionen kommen.", "", "risk removed critical"),
    (
        "de",
        "Wir versprechen keine Heilung.",
        "Wir versprechen Heilung.",
        "outcome removed critical; efficacy added critical",
    ),
    ("de", "Sie erhalten zwei Infusionen.", "Sie erhalten drei Infusionen.", "treatment increased medium"),
    ("de", "Auch Patienten mit Parkinson können behandelt werden.", "", "indication removed medium"),
    ("de", "Unsere Praxis ist barrierefrei.", "Die Praxis ist barrierefrei zugänglich.", ""),
    (
        "fr",
        "Le traitement a pour but de réduire la douleur.",
        "Le traitement réduit la douleur.",
        "efficacy strengthened high",
    ),
    ("fr", "Des complications peuvent survenir.", "", "risk removed critical"),
    ("fr", "Vous recevrez deux injections.", "Vous recevrez quatre injections.", "treatment increased medium"),
    ("fr", "Ce traitement ne remplace pas un suivi médical.", "", "outcome removed critical"),
    ("fr", "Notre clinique se trouve près de la gare.", "La clinique est située à côté de la gare.", ""),
]
# What is known not to be understood yet.
GAPS = [
    ("en", "The therapy is experimental.", "The therapy is well established.", "status removed critical"),
]


def compared(language: str, before: str, after: str) -> Comparison:
    """Both texts behind a greeting, so that a text that is gone leaves a page behind."""
    greeting = GREETINGS[language]
    return compare_texts(f"{greeting} {before}".strip(), f"{greeting} {after}".strip(), language)


@pytest.mark.parametrize(("language", "before", "after", "expected"), EXAMPLES)
def test_what_is_told_of_a_changed_sentence(language: str, before: str, after: str, expected: str) -> None:
    assert told(compared(language, before, after)) == sorted(part.strip() for part in expected.split(";") if part)


@pytest.mark.parametrize(("language", "before", "after", "expected"), GAPS)
@pytest.mark.xfail(strict=True)
def test_known_gaps(language: str, before: str, after: str, expected: str) -> None:
    assert told(compared(language, before, after)) == sorted(part.strip() for part in expected.split(";"))


@pytest.mark.parametrize(("language", "before", "after", "expected"), EXAMPLES)
def test_swapping_the_pages_swaps_the_answer(language: str, before: str, after: str, expected: str) -> None:
    there = compared(language, before, after).changes
    back = compared(language, after, before).changes
    swap = {
        "added": "removed",
        "removed": "added",
        "strengthened": "weakened",
        "weakened": "strengthened",
        "increased": "decreased",
        "decreased": "increased",
        "changed": "changed",
    }
    assert sorted((c.kind, swap[c.direction]) for c in there) == sorted((c.kind, str(c.direction)) for c in back)


@pytest.mark.parametrize(("language", "before", "after", "expected"), EXAMPLES)
def test_a_text_against_itself_is_nothing(language: str, before: str, after: str, expected: str) -> None:
    for text in (before, after):
        assert compare_texts(text, text, language).changes == ()
        other_quotes = text.replace("'", "’").replace('"', "“").replace("\u00a0", " ")
        assert compare_texts(text, other_quotes, language).changes == ()


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: f"{row[0]}-{row[1][:30]}")
def test_a_sentence_is_found_in_the_page_around_it(row: tuple[str, str, str, str]) -> None:
    language, before, after, expected = row
    greeting = GREETINGS[language]
    there = page_of(f"{greeting}\n\n{before}\n\n{greeting}", language)
    here = page_of(f"{greeting}\n\n{after}\n\n{greeting}", language)
    wanted = sorted(part.strip() for part in expected.split(";") if part)
    assert told(compare_texts(there, here, language)) == wanted
