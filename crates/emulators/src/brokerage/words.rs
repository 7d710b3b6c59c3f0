//! The words the book is made of. All of it invented or too common to belong to anyone.

use super::{CompanyKind, Country};

pub(super) const CITIES_PER_COUNTRY: usize = 8;

pub(super) const STRATEGIES: [&str; 5] = [
    "Core",
    "Core plus",
    "Value add",
    "Opportunistic",
    "Development",
];
pub(super) const PERSON_LABELS: [&str; 5] = [
    "Investor",
    "Seller",
    "Tenant contact",
    "Hot lead",
    "Newsletter",
];
pub(super) const PROPERTY_TYPES: [&str; 7] = [
    "Office",
    "Logistics",
    "Retail",
    "Light industrial",
    "Hotel",
    "Residential",
    "Public services",
];
pub(super) const PORTFOLIO: &str = "Portfolio";
pub(super) const MANDATE_LABELS: [&str; 4] =
    [PORTFOLIO, "Off-market", "Priority", "Waits for the client"];
pub(super) const LOST_REASONS: [&str; 7] = [
    "Price",
    "Signed with another landlord",
    "Financing fell through",
    "Stays where they are",
    "Seller withdrew",
    "No answer any more",
    "Technical condition",
];
pub(super) const PARTICLES: [&str; 4] = ["af", "von", "de la", "van"];
pub(super) const JOB_TITLES: [&str; 14] = [
    "Head of Transactions",
    "Investment Manager",
    "CEO",
    "CFO",
    "Asset Manager",
    "Portfolio Manager",
    "Analyst",
    "Head of Real Estate",
    "Fastighetschef",
    "Eiendomssjef",
    "Ejendomschef",
    "Kiinteistöjohtaja",
    "Partner",
    "Förvaltare",
];
pub(super) const QUALIFIERS: [&str; 10] = [
    "Nord", "Väst", "Öst", "City", "Logistik", "Centrum", "Södra", "Invest", "Handel", "Hamn",
];
pub(super) const STEMS: [&str; 90] = [
    "Alnäs",
    "Askedal",
    "Bergshöjd",
    "Björkvik",
    "Blåfjell",
    "Brattheim",
    "Bränninge",
    "Dalsvik",
    "Djursnäs",
    "Ekeskog",
    "Elvebakk",
    "Enhagen",
    "Fagerstrand",
    "Falkeröd",
    "Fjordheim",
    "Flatholm",
    "Forsbacka",
    "Furulund",
    "Gamleby",
    "Granåsen",
    "Grimshøj",
    "Grønlien",
    "Gullvik",
    "Hallinge",
    "Harpsund",
    "Havnegård",
    "Hedelunda",
    "Hjortnes",
    "Holmesta",
    "Honkaranta",
    "Hovdane",
    "Hyllinge",
    "Isfjord",
    "Järnvik",
    "Kallhamra",
    "Karhula",
    "Kirkemark",
    "Klippan",
    "Koivuranta",
    "Kongshavn",
    "Kråkö",
    "Kvarnholm",
    "Lagmansö",
    "Lakeus",
    "Lindesborg",
    "Lundeby",
    "Lyngdal",
    "Malmvik",
    "Marieholm",
    "Mossebo",
    "Myllykoski",
    "Månsarp",
    "Nesodd",
    "Nordanö",
    "Norrskär",
    "Nybro",
    "Odinsvej",
    "Orrefors",
    "Osterby",
    "Paimela",
    "Pilegård",
    "Rautio",
    "Ravnsborg",
    "Ringstad",
    "Rosendal",
    "Rönnskär",
    "Saltvik",
    "Sandhamra",
    "Sjöberga",
    "Skarpnäs",
    "Skovlyst",
    "Solvang",
    "Stavholm",
    "Stenkulla",
    "Storfors",
    "Strandmark",
    "Sundby",
    "Svanehøj",
    "Söderlunda",
    "Talvio",
    "Tornby",
    "Trollhede",
    "Tømmeråsen",
    "Ulvesund",
    "Vallentorp",
    "Vargö",
    "Vesterhav",
    "Vinterbro",
    "Ådalen",
    "Österlund",
];

pub(super) fn company_nouns(kind: CompanyKind, country: Country) -> &'static [&'static str] {
    match (kind, country) {
        (CompanyKind::PensionFund, Country::Sweden) => &["Pension", "Tjänstepension"],
        (CompanyKind::PensionFund, Country::Norway) => &["Pensjonskasse", "Livsforsikring"],
        (CompanyKind::PensionFund, Country::Denmark) => &["Pension", "Pensionskasse"],
        (CompanyKind::PensionFund, Country::Finland) => &["Eläkevakuutus", "Eläkekassa"],
        (CompanyKind::PropertyCompany, Country::Sweden) => {
            &["Fastigheter", "Fastighetsbolag", "Lokaler"]
        }
        (CompanyKind::PropertyCompany, Country::Norway) => &["Eiendom", "Næringseiendom"],
        (CompanyKind::PropertyCompany, Country::Denmark) => &["Ejendomme", "Ejendomsselskab"],
        (CompanyKind::PropertyCompany, Country::Finland) => &["Kiinteistöt", "Toimitilat"],
        (CompanyKind::FamilyOffice, _) => &["Family Office", "Förvaltning", "Capital", "Holding"],
        (CompanyKind::Tenant, Country::Sweden) => &["Bygghandel", "Livs", "Teknik", "Åkeri"],
        (CompanyKind::Tenant, Country::Norway) => &["Sport", "Transport", "Dagligvare"],
        (CompanyKind::Tenant, Country::Denmark) => &["Møbler", "Fragt", "Købmand"],
        (CompanyKind::Tenant, Country::Finland) => &["Kauppa", "Rauta", "Kuljetus"],
        (CompanyKind::Developer, _) => &["Utveckling", "Projekt", "Development"],
    }
}

pub(super) fn legal_form(kind: CompanyKind, country: Country) -> &'static str {
    match (kind, country) {
        (CompanyKind::PensionFund, Country::Norway | Country::Finland) => "",
        (_, Country::Sweden) => " AB",
        (_, Country::Norway) => " AS",
        (_, Country::Denmark) => " A/S",
        (_, Country::Finland) => " Oy",
    }
}

/// City, and where its postal codes begin.
pub(super) fn cities(country: Country) -> [(&'static str, u32); CITIES_PER_COUNTRY] {
    match country {
        Country::Sweden => [
            ("Stockholm", 111),
            ("Göteborg", 411),
            ("Malmö", 211),
            ("Uppsala", 753),
            ("Västerås", 722),
            ("Örebro", 702),
            ("Linköping", 582),
            ("Helsingborg", 252),
        ],
        Country::Norway => [
            ("Oslo", 150),
            ("Bergen", 5003),
            ("Trondheim", 7010),
            ("Stavanger", 4005),
            ("Drammen", 3015),
            ("Tromsø", 9008),
            ("Ålesund", 6002),
            ("Kristiansand", 4608),
        ],
        Country::Denmark => [
            ("København", 1300),
            ("Aarhus", 8000),
            ("Odense", 5000),
            ("Aalborg", 9000),
            ("Esbjerg", 6700),
            ("Kolding", 6000),
            ("Roskilde", 4000),
            ("Helsingør", 3000),
        ],
        Country::Finland => [
            ("Helsinki", 100),
            ("Espoo", 2100),
            ("Tampere", 33100),
            ("Turku", 20100),
            ("Oulu", 90100),
            ("Vantaa", 1300),
            ("Lahti", 15110),
            ("Kuopio", 70100),
        ],
    }
}

pub(super) fn streets(country: Country) -> &'static [&'static str] {
    match country {
        Country::Sweden => &[
            "Storgatan",
            "Kungsgatan",
            "Hamngatan",
            "Järnvägsgatan",
            "Östra Vallgatan",
            "Kvarnvägen",
        ],
        Country::Norway => &[
            "Storgata",
            "Havnegata",
            "Kirkeveien",
            "Fjordveien",
            "Torggata",
        ],
        Country::Denmark => &[
            "Nørregade",
            "Havnevej",
            "Strandvejen",
            "Vestergade",
            "Industrivej",
        ],
        Country::Finland => &[
            "Kauppakatu",
            "Rantatie",
            "Satamakatu",
            "Koulukatu",
            "Teollisuustie",
        ],
    }
}

pub(super) fn first_names(country: Country) -> &'static [&'static str] {
    match country {
        Country::Sweden => &[
            "Anna", "Karin", "Åsa", "Elin", "Märta", "Sara", "Lovisa", "Birgitta", "Erik", "Lars",
            "Göran", "Johan", "Björn", "Oskar", "Per", "Jörgen", "Maja", "Linnéa", "Håkan", "Nils",
        ],
        Country::Norway => &[
            "Ingrid", "Kari", "Solveig", "Marit", "Silje", "Øyvind", "Håkon", "Bjørn", "Ola",
            "Sindre", "Tor", "Astrid", "Gro", "Eirik",
        ],
        Country::Denmark => &[
            "Mette", "Søren", "Jens", "Kirsten", "Freja", "Rasmus", "Niels", "Lærke", "Mads",
            "Bodil", "Anders", "Pernille", "Jørgen",
        ],
        Country::Finland => &[
            "Aino", "Väinö", "Päivi", "Juhani", "Satu", "Heikki", "Jyrki", "Tuula", "Eero",
            "Kaisa", "Matti", "Ritva", "Antero", "Säde",
        ],
    }
}

pub(super) fn last_names(country: Country) -> &'static [&'static str] {
    match country {
        Country::Sweden => &[
            "Berg",
            "Lindqvist",
            "Åkesson",
            "Nyström",
            "Sjögren",
            "Hedlund",
            "Öberg",
            "Ekström",
            "Lövgren",
            "Sandström",
            "Wallin",
            "Norberg",
            "Forsgren",
            "Ahlström",
            "Dahlgren",
            "Kjellberg",
            "Rosén",
            "Malmquist",
            "Gyllenram",
            "Stenbock",
        ],
        Country::Norway => &[
            "Haugen",
            "Bakke",
            "Solberg",
            "Strand",
            "Moen",
            "Lie",
            "Dahl",
            "Ødegård",
            "Tveit",
            "Rønning",
            "Myhre",
            "Sæther",
            "Nygård",
        ],
        Country::Denmark => &[
            "Mortensen",
            "Kjær",
            "Bøgh",
            "Lund",
            "Vestergaard",
            "Toft",
            "Nørgaard",
            "Skov",
            "Dam",
            "Holst",
            "Brandt",
            "Ravn",
            "Østergaard",
        ],
        Country::Finland => &[
            "Korhonen",
            "Mäkelä",
            "Lehtonen",
            "Nieminen",
            "Hämäläinen",
            "Salo",
            "Koskela",
            "Rantanen",
            "Ylönen",
            "Kärkkäinen",
            "Ahola",
            "Wikström",
            "Lindroos",
        ],
    }
}
