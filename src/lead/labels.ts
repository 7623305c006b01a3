import { type CanonicalField, TEXT_FIELDS, UTM_FIELDS } from "./types.ts";

/** What a name stands for. The smaller `rank`, the surer: 0 is the canonical name itself, then the order of the lists below. */
interface LabelMatch {
  readonly field: CanonicalField;
  readonly rank: number;
}

/**
 * Tells which canonical field a form label, a key or a CSV column header means.
 *
 * Case, accents, separators and decoration (`*`, `:`, `(required)`) do not matter; `data__email` is read as a path.
 *
 * @returns nothing when the name is not one of the well-known ones, or names somebody else (`owner__email`).
 */
export function fieldForLabel(label: string): CanonicalField | undefined {
  const direct = matchLabel(label);
  if (direct) return direct.field;
  const path = segments(label);
  const before = path.slice(0, -1);
  if (path.length < 2 || before.some(isSomebodyElse) || !before.every(isWrapper)) return undefined;
  return matchLabel(path.at(-1) ?? "")?.field;
}

/**
 * Forms send the same few names again and again, and reading them anew costs more than all the rest of recognition.
 * What was read is kept, for labels of a sane length and up to a number.
 */
const MAX_REMEMBERED = 2000;
const WORDS_OF = new Map<string, readonly string[]>();
const MATCHES = new Map<string, LabelMatch | undefined>();
const SOMEBODY_ELSE = new Map<string, boolean>();

/** Letters that no Unicode decomposition takes apart. */
const FOLDED: Readonly<Record<string, string>> = { ß: "ss", ł: "l", ø: "o", æ: "ae", œ: "oe" };

/** Names by which the world calls each field: English first, then de, fr, es, it, pt, nl, pl. The surer a name, the earlier. */
const NAMES: Readonly<Record<string, string>> = {
  email: `email|e-mail address|emails|email addresses|e-mail|email addr|mail|mail address|email id|primary email|personal email|private email
    |work email|business email|company email|corporate email|professional email|work email address|business email address
    |e-mail-adresse|mailadresse|geschäftliche e-mail|geschäftliche e-mail-adresse|berufliche e-mail|berufliche e-mail-adresse
    |dienstliche e-mail|private e-mail|elektronische adresse|adresse e-mail|adresse mail|adresse électronique|courriel|adresse courriel
    |adresse de courriel|adresse de messagerie|email professionnel|adresse e-mail professionnelle|e-mail professionnelle|mail professionnel
    |correo|correo electrónico|correo e|correo-e|dirección de correo|dirección de correo electrónico|dirección de email|dirección email
    |dirección electrónica|email de contacto|correo de contacto|correo corporativo|correo de trabajo|email corporativo|email profesional
    |posta elettronica|indirizzo email|indirizzo e-mail|indirizzo mail|indirizzo di posta elettronica|indirizzo di posta|email aziendale
    |email di lavoro|correio eletrônico|correio electrónico|correio|endereço de email|endereço de e-mail|endereço email|endereço eletrônico
    |email profissional|email de contato|e-mailadres|mailadres|email adres|zakelijk e-mailadres|zakelijke e-mail|werk e-mail
    |adres email|adres e-mail|adres mailowy|adres poczty elektronicznej|poczta elektroniczna|e-mail służbowy|służbowy adres e-mail|służbowy email
    |contact email|email contact|kontakt e-mail|invitee email|attendee email|user email`,
  firstName: `first name|firstname|given name|forename|fname|f name|vorname|vornamen|rufname|prénom|prénoms|nombre de pila|primer nombre|nombres
    |nome proprio|nome di battesimo|primeiro nome|nome próprio|voornaam|roepnaam|imię|imiona|name first|name first name|first`,
  lastName: `last name|lastname|surname|family name|lname|l name|nachname|familienname|zuname|nom de famille|apellidos|apellido|primer apellido
    |cognome|sobrenome|apelido|apelidos|último nome|nome de família|achternaam|familienaam|nazwisko|name last|name last name|last`,
  fullName: `full name|fullname|name|your full name|complete name|contact name|contact person|name full|first and last name|first name last name
    |vor- und nachname|vorname und nachname|vorname nachname|vorname name|name vorname|vollständiger name|voller name|ansprechpartner
    |ansprechpartnerin|kontaktperson|nom complet|nom et prénom|nom et prénoms|prénom et nom|nom prénom|prénom nom|nom|nombre completo
    |nombre y apellidos|nombre y apellido|nombre|persona de contacto|nome completo|nome e cognome|nome cognome|cognome e nome|nominativo
    |persona di contatto|nome e sobrenome|nome e apelido|nome|pessoa de contato|volledige naam|voor- en achternaam|voornaam en achternaam
    |naam|contactpersoon|imię i nazwisko|nazwisko i imię|imię nazwisko|osoba kontaktowa|invitee name|attendee name`,
  phone: `phone|phone number|phones|phone numbers|telephone|telephone number|phone no|tel|tel no|mobile|mobile phone|mobile number|mobile phone number|cell|cell phone
    |cellphone|cell number|contact number|contact phone|work phone|work phone number|business phone|daytime phone|phone full|text reminder number
    |telefon|telefonnummer|tel nr|telefon nr|rufnummer|mobil|mobilnummer|mobiltelefon|handy|handynummer|festnetz|téléphone|numéro de téléphone
    |n° de téléphone|no de téléphone|n° téléphone|téléphone portable|téléphone mobile|numéro de portable|numéro de mobile|portable
    |teléfono|número de teléfono|nº de teléfono|n° de teléfono|teléfono móvil|móvil|número de móvil|celular|teléfono celular|número de celular
    |teléfono de contacto|telefono|numero di telefono|numero telefonico|recapito telefonico|cellulare|numero di cellulare|numero cellulare
    |telefone|número de telefone|nº de telefone|telemóvel|número de telemóvel|telefone celular|número de celular|whatsapp|whatsapp number
    |telefoon|telefoonnummer|tel nummer|mobiel|mobiel nummer|mobiele telefoon|mobiele nummer|gsm|gsm-nummer|numer telefonu|nr telefonu|nr tel
    |telefon komórkowy|telefon kontaktowy|komórka|numer komórki`,
  company: `company|company name|organization|organisation|organization name|organisation name|business name|business|employer|firm|org|org name
    |firma|firmenname|unternehmen|unternehmensname|name des unternehmens|name der firma|betrieb|société|entreprise|nom de l'entreprise
    |nom entreprise|nom de la société|nom société|nom de votre entreprise|raison sociale|organisme|empresa|nombre de la empresa|nombre de empresa
    |compañía|nombre de la compañía|organización|razón social|azienda|nome azienda|nome dell'azienda|nome della società|società|ragione sociale
    |nome da empresa|nome empresa|companhia|organização|razão social|bedrijf|bedrijfsnaam|naam bedrijf|organisatie|onderneming
    |nazwa firmy|organizacja|przedsiębiorstwo|nazwa przedsiębiorstwa`,
  jobTitle: `job title|jobtitle|job position|job role|job|position|occupation|title job|role|berufsbezeichnung|jobtitel|stellenbezeichnung|funktion
    |beruf|position im unternehmen|rolle|poste|intitulé du poste|titre du poste|intitulé de poste|fonction|profession|métier|cargo|puesto
    |puesto de trabajo|profesión|ruolo|ruolo aziendale|posizione|mansione|qualifica|professione|cargo na empresa|função|profissão|functie
    |functietitel|beroep|stanowisko|stanowisko pracy|funkcja|zawód`,
  website: `website|web site|website url|company website|website address|homepage|home page|webseite|web-seite|internetseite|internetadresse
    |webadresse|firmenwebsite|unternehmenswebsite|site web|site internet|adresse du site|sitio web|página web|página de internet|pagina web
    |sito web|sito|sito internet|sito aziendale|site da empresa|página da web|webpagina|bedrijfswebsite|website bedrijf|strona internetowa
    |strona www|strona web|adres strony|adres strony internetowej|witryna|www|web url`,
  country: `country|country region|country name|country or region|country of residence|address country|country code|land|staat land|wohnsitzland
    |herkunftsland|pays|pays de résidence|país|país de residencia|paese|nazione|paese di residenza|país de residência|land van herkomst|kraj
    |państwo|kraj zamieszkania`,
  message: `message|your message|msg|comments|comment|questions|question|inquiry|enquiry|your inquiry|message text|how can we help
    |how can we help you|how can i help you|what can we help you with|comments or questions|questions or comments|questions comments
    |additional comments|tell us more|nachricht|mitteilung|ihre nachricht|nachrichtentext|anfrage|kommentar|kommentare|bemerkung
    |bemerkungen|anmerkung|anmerkungen|frage|fragen|anliegen|wie können wir helfen|wie können wir ihnen helfen|commentaire|commentaires
    |remarque|remarques|demande|comment pouvons nous vous aider|mensaje|comentario|comentarios|consulta|pregunta|preguntas|observaciones
    |cómo podemos ayudarte|en qué podemos ayudarte|messaggio|commento|commenti|richiesta|domanda|testo del messaggio|note messaggio
    |come possiamo aiutarti|mensagem|comentário|comentários|pergunta|dúvida|observações|como podemos ajudar|bericht|opmerking|opmerkingen
    |vraag|vragen|uw bericht|toelichting|wiadomość|treść wiadomości|treść|komentarz|uwagi|pytanie|zapytanie|jak możemy pomóc|notes|note
    |textarea`,
  consent: `consent|opt in|optin|marketing consent|email consent|gdpr consent|consent given|has consent|marketing opt in|email opt in
    |email marketing consent|accepts marketing|accepts email marketing|i agree|i agree to be contacted|i consent|agree to be contacted
    |einwilligung|zustimmung|einverständnis|werbeeinwilligung|ich stimme zu|ich willige ein|ich bin einverstanden|consentement|j'accepte
    |j'accepte d'être contacté|consentimiento|acepto|doy mi consentimiento|consenso|acconsento|consenso marketing|accetto|consentimento|aceito
    |concordo|toestemming|ik ga akkoord|akkoord|ik geef toestemming|zgoda|wyrażam zgodę|zgoda marketingowa|zgoda na kontakt
    |newsletter consent|newsletter opt in|newsletter`,
  occurredAt: "occurred at",
};

/** Words that only lead up to the name: "What is your …", "Ihre …", "Quel est votre …". The second list never begins a label. */
const LEAD_IN =
  words(`your my our the please enter provide type insert add what whats which ihre ihr ihren deine dein deinen meine mein bitte wie
  lautet welche quel quelle votre vos ton ta mon ma saisissez entrez indiquez renseignez cual tu su mi ingresa ingrese introduce escribe indica
  qual il la lo tuo tua suo sua vostro vostra inserisci o a os as seu teu digite informe insira wat uw jouw je mijn vul jaki jaka jakie twoj twoja twoje
  podaj wpisz prosze`);
const LEAD_IN_INNER = words("is s are ist est es e jest l el le tua sua il la o a your");

/** Containers and prefixes that say nothing of whose value it is, or that it is the person's own. */
const WRAPPERS =
  words(`contact contacts lead leads person people customer customerdetails customerinfo client subscriber visitor applicant attendee
  invitee registrant respondent prospect buyer billing billingaddress billingdetails kontakt contacto contatto contato cliente kunde persona personal personaldetails
  personalinfo contactinfo contactdetails contactinformation yourdetails profile data fields field submission submissions payload body formresponse
  formdata formfields answers answer responses response values value properties details entry record input inputs result results json form_data
  wpforms name fullname hidden hiddenfields tracking query params parameters customfields userdata leaddata leaddetails fielddata`);
const PREFIXES =
  words(`contact lead customer client billing person subscriber visitor applicant attendee invitee registrant prospect kontakt
  field fields input wpforms et pb txt frm`);
/** Prefixes before which a bare `name` is the name of something else than the person. */
const TECHNICAL_PREFIXES = words("form user data submission hidden entry page");
const SUFFIXES = words(
  "required optional field input pflichtfeld obligatoire obligatorio obbligatorio verplicht wymagane text",
);

/** Whoever is called by these is not the lead: the host of a meeting, the owner of a site, the other ends of a mail. */
const OTHERS =
  words(`host hosts owner owners recipient recipients organizer organizers organiser organisers admin administrator assignee replyto
  noreply webmaster postmaster bcc moderator salesperson creator referrer referred referee referral friend emergency guest guests colleague spouse
  assistant supervisor reviewer`);
const OTHERS_WHOLE = new Set(
  `cc|to|from|notify|notification|notifications|assigned|assigned to|sales rep|rep|account manager|manager|agent|support|created by|updated by
  |submitted to|send to|sent to|sent from|mail to|mail from|author|seller|merchant|vendor|event memberships|event guests|team|staff|employee
  |respond to|responder`
    .split("|")
    .map((name) => compact(name)),
);

const EXACT: ReadonlySet<string> = new Set([
  ...TEXT_FIELDS,
  ...UTM_FIELDS.map((name) => `utm.${name}`),
  "email",
  "fullName",
  "consent",
  "occurredAt",
]);

const BY_NAME: ReadonlyMap<string, LabelMatch> = new Map([
  ...Object.entries(NAMES)
    .flatMap(([field, names]) =>
      names
        .split("|")
        .map((name, index): [string, LabelMatch] => [
          compact(name),
          { field: field as CanonicalField, rank: 1 + index },
        ]),
    )
    .reverse(),
  ...UTM_FIELDS.map((name): [string, LabelMatch] => [`utm${name}`, { field: `utm.${name}`, rank: 1 }]),
]);

/** The words of a label: accents, case, separators, camelCase and a trailing remark in brackets are gone. */
function labelWords(label: string): readonly string[] {
  return remembered(WORDS_OF, label, readWords);
}

function readWords(label: string): readonly string[] {
  if (label.length > 200) return [];
  const plain = label.normalize("NFKD").replace(/\p{M}/gu, "");
  const remark = plain.trimEnd().endsWith(")") || /\)[\s*:]{0,4}$/.test(plain) ? plain.lastIndexOf("(") : -1;
  return (remark > 0 ? plain.slice(0, remark) : plain)
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .replace(/[ßłøæœ]/g, (letter) => FOLDED[letter] ?? letter)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** The words of a label run together, the form in which names are compared. */
export function compact(label: string): string {
  return labelWords(label).join("");
}

/** Reads `data__email`, `contact.email` and `contact[email]` as paths; any other name is a path of one. */
export function segments(key: string): string[] {
  if (key.length > 200) return [key];
  const parts = key.includes("__")
    ? key.split("__")
    : /[.[]/.test(key) && !/\s/.test(key)
      ? key.split(/[.[\]]/)
      : [key];
  const named = parts.filter((part) => part !== "");
  return named.length === 0 ? [key] : named;
}

/** What a name means, looked at alone. */
export function matchLabel(label: string): LabelMatch | undefined {
  return remembered(MATCHES, label, readMatch);
}

function readMatch(label: string): LabelMatch | undefined {
  if (EXACT.has(label)) return { field: label as CanonicalField, rank: 0 };
  const all = labelWords(label);
  if (all.length === 0 || all.length > 12) return undefined;
  const whole = BY_NAME.get(all.join(""));
  if (whole) return whole;
  const bare = withoutSuffix(withoutLeadIn(all));
  const asked = bare.length < all.length || bare.at(-1) !== all.at(-1) ? BY_NAME.get(bare.join("")) : undefined;
  // "Question 1" is one of many questions, and not the message.
  const isNumbered = /\d$/.test(all.at(-1) ?? "") && asked?.field === "message" && asked.rank > 3;
  if (asked && !isNumbered) return { field: asked.field, rank: 200 + asked.rank };
  const start = bare.findIndex((word) => !PREFIXES.has(word) && !TECHNICAL_PREFIXES.has(word) && !/^q?\d+$/.test(word));
  if (start < 1) return undefined;
  const rest = bare.slice(start).join("");
  const found = BY_NAME.get(rest);
  if (!found || (found.field === "fullName" && bare.slice(0, start).some((word) => TECHNICAL_PREFIXES.has(word)))) {
    return undefined;
  }
  return { field: found.field, rank: 400 + found.rank };
}

/** What the last names of a path mean together: `name.first`, `company.name`, `utm.source`. */
export function matchJoined(names: readonly string[]): LabelMatch | undefined {
  const found = BY_NAME.get(names.map(compact).join(""));
  // `company.email` is the company's, unlike a field that is labelled "Company email".
  const isAddressPart = found?.field !== "email" || matchLabel(names[0] ?? "")?.field === "email";
  return isAddressPart ? found : undefined;
}

/** True for a container that only wraps the person's own values, such as `data` or `contact`, and for an array's index. */
export function isWrapper(segment: string): boolean {
  return WRAPPERS.has(compact(segment)) || /^\d+$/.test(segment);
}

/** True for names under which an address belongs to somebody else than the lead. */
export function isSomebodyElse(segment: string): boolean {
  return remembered(SOMEBODY_ELSE, segment, readSomebodyElse);
}

function readSomebodyElse(segment: string): boolean {
  const all = labelWords(segment);
  if (all.length === 0) return false;
  const rest = all
    .join(" ")
    .replace(/\b(e mail|email|mail|address|adresse|name|phone)\b/g, "")
    .trim();
  if (OTHERS_WHOLE.has(compact(rest)) || OTHERS_WHOLE.has(all.join(""))) return true;
  return all.length <= 5 && (all.some((word) => OTHERS.has(word)) || all.join("").includes("replyto"));
}

function withoutLeadIn(all: readonly string[]): string[] {
  let start = 0;
  while (start < all.length - 1 && isLeadIn(all[start] ?? "", start)) start += 1;
  return all.slice(start);
}

function isLeadIn(word: string, at: number): boolean {
  return LEAD_IN.has(word) || (at > 0 && LEAD_IN_INNER.has(word));
}

/** Drops "(required)" written without brackets and the numbers form builders put behind a name (`email-1`, `fullName3`). */
function withoutSuffix(all: readonly string[]): string[] {
  let end = all.length;
  while (end > 1 && (SUFFIXES.has(all[end - 1] ?? "") || /^\d+$/.test(all[end - 1] ?? ""))) end -= 1;
  const kept = all.slice(0, end);
  const last = kept.pop() ?? "";
  const unnumbered = last.replace(/\d{1,9}$/, "");
  return [...kept, unnumbered === "" ? last : unnumbered];
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).filter((word) => word !== ""));
}

function remembered<T>(memory: Map<string, T>, label: string, read: (label: string) => T): T {
  const found = memory.get(label);
  if (found !== undefined || memory.has(label)) return found as T;
  const value = read(label);
  if (memory.size >= MAX_REMEMBERED) memory.clear();
  if (label.length <= 64) memory.set(label, value);
  return value;
}
