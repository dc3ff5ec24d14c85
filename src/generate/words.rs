//! The words that texts are made of, in French and English, the most frequent first.

/// A text in French and in English.
pub(super) type Words = (&'static str, &'static str);

/// What agreements are about.
pub(super) const TOPICS: &[Words] = &[
    ("l’intégration", "the integration"),
    ("l’accueil", "the welcoming"),
    ("l’emploi", "the employment"),
    ("la mobilité", "the mobility"),
    ("la francisation", "the language training"),
    ("le logement", "the housing"),
    ("la reconnaissance des acquis", "the recognition of skills"),
    ("la régionalisation", "the regional settlement"),
    ("la protection sociale", "the social protection"),
    ("le regroupement familial", "the reunification of families"),
    ("la formation", "the training"),
    ("l’attraction", "the attraction"),
    ("la réadmission", "the readmission"),
    ("le recrutement", "the recruitment"),
    ("l’inclusion", "the inclusion"),
    ("la santé", "the health"),
    (
        "le rapprochement interculturel",
        "the intercultural dialogue",
    ),
    ("l’établissement durable", "the lasting settlement"),
    ("la rétention", "the retention"),
    ("la scolarisation", "the schooling"),
    ("l’accompagnement", "the guidance"),
    ("les droits", "the rights"),
    ("l’entrepreneuriat", "the entrepreneurship"),
    (
        "la lutte contre la discrimination",
        "the fight against discrimination",
    ),
    ("la sécurité", "the safety"),
    ("le retour volontaire", "the voluntary return"),
    ("la participation citoyenne", "the civic participation"),
    ("le transport", "the transport"),
    ("la garde des enfants", "the day care"),
    ("la délivrance des visas", "the issue of visas"),
    ("le transfert des pensions", "the transfer of pensions"),
    ("la médiation", "the mediation"),
    ("l’interprétariat", "the interpreting"),
    ("la coopération consulaire", "the consular cooperation"),
    ("la réinstallation", "the resettlement"),
    ("le jumelage", "the twinning"),
    ("l’hébergement temporaire", "the temporary shelter"),
    ("la parité", "the parity"),
    ("la statistique", "the statistics"),
    ("le parrainage", "the sponsorship"),
];

/// Whom they are for.
pub(super) const PEOPLE: &[Words] = &[
    ("des personnes immigrantes", "of immigrants"),
    ("des travailleurs temporaires", "of temporary workers"),
    ("des nouveaux arrivants", "of newcomers"),
    ("des réfugiés", "of refugees"),
    ("des étudiants internationaux", "of international students"),
    ("des familles", "of families"),
    ("des femmes immigrantes", "of immigrant women"),
    ("des jeunes", "of young people"),
    ("des demandeurs d’asile", "of asylum seekers"),
    (
        "des travailleurs agricoles saisonniers",
        "of seasonal farm workers",
    ),
    (
        "des minorités ethnoculturelles",
        "of ethnocultural minorities",
    ),
    ("des infirmières", "of nurses"),
    ("des enfants non accompagnés", "of unaccompanied children"),
    ("des chercheurs", "of researchers"),
    ("des frontaliers", "of cross-border commuters"),
    ("des personnes déplacées", "of displaced persons"),
    ("des apatrides", "of stateless persons"),
    ("des artisans", "of craftspeople"),
    ("des marins", "of seafarers"),
    ("des aînés", "of older persons"),
];

/// What is done: with "Les parties" or "The parties" before it, and a topic behind.
pub(super) const DEEDS: &[Words] = &[
    ("soutiennent", "support"),
    ("favorisent", "promote"),
    ("s’engagent à renforcer", "undertake to strengthen"),
    ("financent", "fund"),
    ("coordonnent", "coordinate"),
    ("mettent en place", "set up"),
    ("évaluent", "assess"),
    ("développent", "develop"),
    ("facilitent", "facilitate"),
    ("encadrent", "regulate"),
    ("documentent", "document"),
    ("simplifient", "simplify"),
    ("harmonisent", "harmonise"),
    ("pilotent", "steer"),
    ("revoient chaque année", "review every year"),
    ("suspendent au besoin", "suspend where needed"),
];

/// By what means.
pub(super) const MEANS: &[Words] = &[
    ("par un comité conjoint", "through a joint committee"),
    ("par des services de proximité", "through local services"),
    (
        "par un plan d’action triennal",
        "through a three-year action plan",
    ),
    (
        "grâce à un soutien financier",
        "by means of financial support",
    ),
    (
        "par des activités de sensibilisation",
        "through awareness activities",
    ),
    ("au moyen de guichets uniques", "by means of one-stop desks"),
    (
        "par l’échange de renseignements",
        "through the exchange of information",
    ),
    (
        "avec les organismes communautaires",
        "with community organisations",
    ),
    (
        "par des missions de recrutement",
        "through recruitment missions",
    ),
    (
        "au moyen d’un registre partagé",
        "by means of a shared register",
    ),
    (
        "avec les établissements d’enseignement",
        "with schools and colleges",
    ),
    ("par des tables de concertation", "through round tables"),
    ("grâce à des bourses", "by means of bursaries"),
    ("par un quota annuel", "through an annual quota"),
    ("avec les chambres de commerce", "with chambers of commerce"),
    (
        "au moyen de trousses d’information",
        "by means of information kits",
    ),
];

/// To what end.
pub(super) const ENDS: &[Words] = &[
    (
        "afin de répondre aux besoins du marché du travail",
        "in order to meet the needs of the labour market",
    ),
    (
        "pour que chaque collectivité soit accueillante et inclusive",
        "so that every community is welcoming and inclusive",
    ),
    (
        "dans le respect des lois de chaque partie",
        "with due regard to the laws of each party",
    ),
    (
        "afin de réduire les délais de traitement",
        "in order to shorten processing times",
    ),
    (
        "pour assurer l’égalité de traitement",
        "to ensure equal treatment",
    ),
    (
        "en vue d’un établissement hors des grands centres",
        "with a view to settlement outside the large cities",
    ),
    (
        "afin de prévenir l’exploitation et la traite",
        "in order to prevent exploitation and trafficking",
    ),
    (
        "pour maintenir la population des territoires ruraux",
        "to sustain the population of rural areas",
    ),
    (
        "conformément aux objectifs du Pacte mondial",
        "in line with the objectives of the Global Compact",
    ),
    (
        "afin de mesurer les résultats obtenus",
        "in order to measure what has been achieved",
    ),
    (
        "pour rapprocher les générations et les cultures",
        "to bring generations and cultures closer",
    ),
    (
        "sans préjudice des conventions antérieures",
        "without prejudice to earlier conventions",
    ),
];

/// What is done under an agreement: before a topic.
pub(super) const ACTIONS: &[(&str, Words)] = &[
    ("PROJECT", ("Projet pour", "Project for")),
    ("SERVICE", ("Service pour", "Service for")),
    ("TRAINING", ("Atelier sur", "Workshop on")),
    ("MEETING", ("Rencontre sur", "Meeting on")),
    ("MEASURE", ("Mesure touchant", "Measure concerning")),
    ("CONSULTATION", ("Consultation sur", "Consultation on")),
    ("STUDY", ("Étude sur", "Study of")),
    ("PRESENTATION", ("Présentation de", "Presentation of")),
    (
        "WORKING_GROUP",
        ("Groupe de travail sur", "Working group on"),
    ),
    ("EXCHANGE", ("Échange sur", "Exchange on")),
];

/// Local bodies: before the name of a place.
pub(super) const BODIES: &[(&str, Words)] = &[
    ("MUNICIPALITY", ("Municipalité de", "Municipality of")),
    (
        "CIVIL_SOCIETY_ORGANIZATION",
        ("Association d’accueil de", "Welcome Association of"),
    ),
    (
        "REGIONAL_BODY",
        ("Conseil régional de", "Regional Council of"),
    ),
    (
        "CIVIL_SOCIETY_ORGANIZATION",
        ("Carrefour jeunesse-emploi de", "Youth Employment Centre of"),
    ),
    ("INSTITUTION", ("Collège de", "College of")),
    (
        "CIVIL_SOCIETY_ORGANIZATION",
        ("Coopérative de solidarité de", "Solidarity Cooperative of"),
    ),
    (
        "MUNICIPAL_ASSOCIATION",
        ("Union des villes de", "Union of Towns of"),
    ),
    (
        "INSTITUTION",
        ("Bibliothèque publique de", "Public Library of"),
    ),
];

/// The first halves of the names of places.
pub(super) const PLACE_STARTS: &[&str] = &[
    "Mont", "Val", "Beau", "Clair", "Bel", "Haut", "Grand", "Rive", "Roche", "Bois", "Pont",
    "Fort", "Lac", "Font", "Cap", "Anse", "Baie", "Orme", "Aulne", "Char", "Ches", "Dol", "Ebr",
    "Fres", "Gar", "Her", "Jon", "Lan", "Mar", "Nor", "Per", "Quin", "Ros", "Saul", "Tour", "Ver",
    "Yvr", "Alb", "Cast", "Lor",
];

/// Their second halves.
pub(super) const PLACE_ENDS: &[&str] = &[
    "mont", "ville", "val", "bourg", "rive", "court", "fontaine", "champ", "lieu", "neuf",
    "marais", "combe", "roy", "gny", "vert", "lac", "croix", "port", "tel", "nac", "oux", "ance",
    "ière", "ette", "illac", "ours", "anges", "aie", "oise", "elle",
];

/// The first syllables of the names of countries and projects.
pub(super) const NAME_STARTS: &[&str] = &[
    "Ka", "Mo", "Ta", "Be", "So", "Li", "Zu", "Na", "Or", "Vi", "Du", "El", "Fa", "Gu", "Hi", "Ja",
    "Pe", "Ru", "Sa", "Ur",
];

/// Their second syllables.
pub(super) const NAME_MIDDLES: &[&str] = &[
    "lo", "ra", "mi", "ban", "tor", "vel", "nu", "di", "gar", "sen", "zi", "per", "ko", "lan",
    "mur", "tes", "fi", "dro", "wa", "quel",
];

/// The ends of the names of countries.
pub(super) const COUNTRY_ENDS: &[Words] = &[
    ("vie", "via"),
    ("nie", "nia"),
    ("land", "land"),
    ("stan", "stan"),
    ("dor", "dor"),
    ("mar", "mar"),
];

/// The ends of the names of projects.
pub(super) const PROJECT_ENDS: &[&str] = &[
    "dia", "nex", "lis", "rio", "vox", "mé", "tal", "phe", "gora", "cap", "lien", "trame", "nova",
    "pont", "duo", "lux", "zen", "mix", "base", "plus",
];
