/**
 * What the classifier looks at besides the sentence vector: the shape of a text and words that tell its kind. Training
 * and inference share this file, so they cannot differ. Each feature is between 0 and about 1.
 */
import { findDue } from './due/find-due.ts';
import { findRecurrence } from './recurrence.ts';

/** Only this much of a capture is looked at, in UTF-16 code units. */
export const ANALYSED_LENGTH = 2_000;

const yes = (is: boolean): number => (is ? 1 : 0);
const share = (count: number, full: number): number => Math.min(1, count / full);
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Verbs with which people tell themselves to do something. */
const IMPERATIVES = new Set(
  `add answer apply approve arrange ask assemble attach back bake book borrow bring brush build buy call cancel change
  charge chase check choose circle clean clear close collect come compare complete confirm contact cook copy correct
  cut deal decide decline delete deliver deploy deposit descale design discuss do document donate download draft drop
  dust email empty enrol enroll exchange extend feed fetch figure file fill finalise finalize find finish fix fold
  follow forward fup get give go grab hand hang help hire hoover install investigate invite iron keep learn leave lend
  let list load lock look mail make measure meet mend merge message migrate mount move mow msg nail nudge oil open
  order organise organize pack paint pay phone pick ping plan plant polish post practice practise prepare press print
  proofread prune push put read rebook record recycle redo refactor refill register reinstall remind remove rename
  renew rent repair repeat replace reply report request rerun reschedule research reserve reset respond restart restock
  return review rotate rsvp run save scan schedule search see sell send set settle sew sharpen ship shop shred sign
  sort speak start stop store study submit subscribe switch take talk tell test text thank throw tidy top touch track
  transfer translate try turn txt unblock unpack unsubscribe update upgrade upload use vacuum verify visit walk wash
  watch water weed wipe work wrap write`.split(/\s+/),
);
const PROJECT_VERBS =
  /^(?:build|launch|organi[sz]e|plan|renovate|remodel|redesign|restore|rewrite|relaunch|migrate|introduce|implement|found|start|learn|become|move|emigrate|convert|establish|digiti[sz]e|translate|record|open|set up|train for|redo|roll out|create|develop|overhaul)\b/iu;
const FOREIGN_TASK =
  /(?<!\p{L})(?:kaufen|anrufen|schicken|abholen|bringen|bezahlen|überweisen|besorgen|gießen|erledigen|abgeben|buchen|bestellen|putzen|reparieren|kündigen|verlängern|vereinbaren|schreiben|muss noch|nicht vergessen|acheter|appeler|payer|envoyer|prendre|réserver|rendre|sortir|renouveler|il faut|ne pas oublier|comprar|llamar|pagar|enviar|recoger|renovar|pedir|reservar|tengo que|hay que|no olvidar|mandar|devolver)(?!\p{L})/iu;
const FOREIGN_EVENT =
  /(?<!\p{L})(?:termin|treffen|besprechung|geburtstag\p{L}*|feier|konzert|hochzeit|flug|elternabend|rendez-vous|réunion|dîner|concert|mariage|anniversaire|vol|cita|reunión|cena|cumpleaños|partido|vuelo|boda|concierto|zahnarzt|arzttermin)(?!\p{L})/iu;
const FOREIGN_IDEA =
  /(?<!\p{L})(?:idee|was wäre|wie wäre|vielleicht|man könnte|könnten wir|wir könnten|idée|et si|on pourrait|pourquoi pas|peut-être|y si|podríamos|se podría|quizás?|tal vez)(?!\p{L})/iu;
const EVENT_NOUNS =
  /\b(?:meeting|appointment|appt|dinner|lunch|brunch|breakfast|party|birthday|wedding|concert|flight|train|interview|call|webinar|workshop|conference|exam|class|lesson|rehearsal|match|game|tournament|visit|viewing|delivery|ceremony|funeral|festival|reunion|trip|holiday|vacation|lecture|talk|retro|standup|stand-up|sync|1:1|review|kick-?off|demo|training|session|check-?up|dentist|doctor|vet|physio|theatre|theater|cinema|opera|premiere|hearing|surgery|departure|arrival|arrives?|lands|leaves|departs|boarding|coffee|drinks|beers|barbecue|bbq|picnic|quiz|practice|recital|meetup|hackathon|retreat|offsite|gala|tour|check-in|handover|inspection|technician|comes?|visiting|reservation|booked|reserved)\b/iu;
const IDEA_WORDS =
  /\b(?:idea|ideas|what if|maybe|perhaps|imagine|how about|what about|why not|why don'?t|could we|we could|one could|you could|would be (?:cool|nice|great|fun|interesting)|wouldn'?t it|concept|brainstorm|thought experiment|might|hypothesis|someone should|somebody should|there should be|there ought|potential|possibly|plot|slogan|name for|wish there was)\b/iu;
const IDEA_ARTEFACTS =
  /\b(?:app|story|novel|film|game|song|podcast|museum|exhibition|festival|café|startup|subscription|platform|plugin|widget|extension|bot|gadget|comic|poem|play|series|newsletter|marketplace|feature|mode|button)\b/iu;
const OBLIGATION =
  /\b(?:need(?:s|ed)? to|needs?|have to|has to|must|should|gotta|got to|remember to|don'?t forget|dont forget|remind me|to-?do|asap|urgent|deadline|due|overdue|owe|promised|still haven'?t|expects?|wants?|waiting for|is waiting|asked (?:me|for)|running low|run out|runs out|out of|no more|almost out|pls|please)\b/iu;
const PAST =
  /\b(?:was|were|had|did|went|said|told|met|felt|saw|got|took|made|came|gave|found|learned|learnt|realised|realized|noticed|watched|slept|ran|ate|bought|sold|paid|yesterday|last (?:night|week|month|year|summer|winter|time)|ago|used to|agreed|decided|turned out|turns out|mentioned|\p{L}{3,}ed)\b/giu;
const COPULA =
  /\b(?:is|are|was|were|has|have|means|contains|costs|opens|closes|likes|prefers|lives|works|runs|says|isn'?t|aren'?t|doesn'?t|don'?t|can|ist|sind|hat|est|sont|es|son|tiene)\b/giu;
const FEELING =
  /\b(?:i (?:feel|felt|think|thought|love|hate|hope|wish|wonder|noticed|realised|realized|keep|am|was|learned|used)|feeling|grateful|today was|dreamt|dream)\b/iu;
const PROJECT_WORDS =
  /\b(?:project|projekt|projet|proyecto|launch|relaunch|renovation|renovate|remodel|redesign|migration|rollout|roadmap|phase|milestones?|initiative|overhaul|thesis|sabbatical|certification|budget|from scratch|step by step|long-term|goal for|season|conversion|extension|restoration|archive|umbau|umzug)\b/iu;
const PAGE_WORDS =
  /\b(?:how to|guide|manual|handbook|reference|documentation|wiki|faq|cheat ?sheet|runbook|readme|glossary|policy|conventions|page|anleitung|handbuch|guía)\b/iu;

/** Dates are read as on a fixed day: only whether there is one matters here. */
const ANY_DAY = { now: new Date('2026-05-13T12:00:00Z'), timezone: 'UTC' };

/** The values of one text, in the order of `FEATURE_NAMES`. */
export function captureFeatures(content: string): number[] {
  const text = content.slice(0, ANALYSED_LENGTH);
  return Object.values({ ...shape(text), ...opening(text), ...vocabulary(text), ...dates(text) });
}

/** In order; kept with the weights, so that weights for other features are noticed. */
export const FEATURE_NAMES: readonly string[] = Object.keys({
  ...shape(''),
  ...opening(''),
  ...vocabulary(''),
  ...dates(''),
});

/** The words of the beginning of a text, lower case, once each; '^' marks the first, and some punctuation counts as words. */
export function captureWords(content: string): string[] {
  const words =
    content
      .slice(0, ANALYSED_LENGTH)
      .toLowerCase()
      .match(/[\p{L}\p{M}]+|[?!:,]/gu)
      ?.slice(0, 40) ?? [];
  return [...new Set([...words, ...words.slice(0, 1).map((first) => `^${first}`)])];
}

function shape(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const words = count(text, /\S+/gu);
  const listItems = lines.filter((line) => /^\s*(?:[-*+•]|\d{1,2}[.)])\s/u.test(line)).length;
  const commas = count(text, /,/gu);
  return {
    words: share(words, 40),
    isFragment: yes(words <= 4),
    isSingleWord: yes(words <= 1),
    isLong: yes(words > 25),
    lines: share(lines.length - 1, 10),
    isManyLines: yes(lines.length > 3),
    headings: share(count(text, /^#{1,6} /gmu), 3),
    sections: yes(count(text, /^#{2,6} /gmu) > 0),
    listShare: lines.length > 1 ? listItems / lines.length : 0,
    checkboxes: yes(/^\s*[-*] \[[ x]\]/imu.test(text)),
    numberedSteps: yes(count(text, /^\s*(?:step )?\d{1,2}[.):]/gimu) > 1),
    table: yes(/^\|.*\|/mu.test(text)),
    code: yes(/```|`[^`]+`|[{};]\s*$|=>|\(\)|\$ |\w+\.\w+\(/mu.test(text)),
    address: yes(/https?:\/\//u.test(text)),
    isOnlyAddress: yes(/^\s*https?:\/\/\S+\s*$/u.test(text)),
    quotation: yes(/^["'“„«>]/u.test(text.trim())),
    question: yes(/\?\s*$/u.test(text)),
    commas: share(commas, 4),
    listAfterColon: yes(/^[^:\n]{4,60}(?::| [-–—]|,| \() ?[^,\n]+(?:,[^,\n]+){2,}/u.test(text)),
    bareList: yes(
      lines.length === 1 &&
        commas >= 2 &&
        /^\p{L}+(?: \p{L}+)?(?:, (?:and )?[\p{L}\d]+(?: [\p{L}\d]+){0,2}){2,}\.?$/u.test(text.trim()),
    ),
    label: yes(/^[\p{L} ]{2,30}:/u.test(text)),
    amounts: share(
      count(
        text,
        /\d+(?:[.,]\d+)?\s?(?:kg|g|ml|l|km|m|cm|mm|%|€|\$|£|euros?|dollars?|percent|degrees|minutes|min|eggs?)(?!\p{L})/giu,
      ),
      2,
    ),
    digits: share(count(text, /\d/gu), 8),
    ellipsis: yes(/…|\.\.\./u.test(text)),
    exclamation: yes(/!/u.test(text)),
  };
}

function opening(text: string): Record<string, number> {
  const bare = text.trim().replace(/^[-*•]\s*(?:\[[ x]?\]\s*)?/iu, '');
  const words = bare.toLowerCase().match(/[\p{L}'’]+/gu) ?? [];
  const [first = '', second = '', third = ''] = words;
  const isAdverb = /^(?:finally|really|just|also|then|please|pls|still|tomorrow|tonight|today|maybe)$/u;
  return {
    imperative: yes(IMPERATIVES.has(first)),
    laterImperative: yes(
      (isAdverb.test(first) && IMPERATIVES.has(second)) ||
        (/[:,–-]/u.test(bare) && IMPERATIVES.has(/[:,–-]\s*(\p{L}+)/u.exec(bare.toLowerCase())?.[1] ?? '')),
    ),
    gerund: yes(/^\p{L}{3,}ing$/u.test(first) && first !== 'meeting'),
    projectVerb: yes(PROJECT_VERBS.test(bare)),
    article: yes(/^(?:a|an|ein|eine|un|une|una)$/u.test(first)),
    definite: yes(/^(?:the|der|die|das|le|la|el|los)$/u.test(first)),
    firstPerson: yes(/^(?:i|i'm|i've|we|we're|my|our|ich|wir|mein|je|j'ai|nous|yo)$/u.test(first)),
    questionWord: yes(/^(?:what|why|how|could|couldn't|would|should|can|imagine|suppose)$/u.test(first)),
    proper: yes(/^\p{Lu}\p{Ll}+ (?:is|was|has|said|told|likes|prefers|wants|needs|thinks|works|lives)\b/u.test(bare)),
    verbSecond: yes(
      /^(?:is|are|was|were|has|had|said|says|means|can|will|does|did|have|runs|opens|closes)$/u.test(second) ||
        /^(?:is|are|was|were|has|had|said|says)$/u.test(third),
    ),
    todoMark: yes(
      /^(?:to-?do|to do|task|reminder|remember|don'?t forget|dont forget|action item|nicht vergessen|ne pas oublier|no olvidar)\b/iu.test(
        bare,
      ),
    ),
    ideaMark: yes(/^(?:\p{L}+ )?(?:idea|ideas|idee|idée|concept|thought|brainstorm|what if)\b/iu.test(bare)),
    projectMark: yes(/^(?:new )?(?:project|projekt|projet|proyecto)\b/iu.test(bare)),
    noteMark: yes(
      /^(?:note|fyi|nb|ps|minutes|learned|learnt|lesson|quote|recipe|observation|reflection|journal|decision|definition)\b/iu.test(
        bare,
      ),
    ),
    lowerCase: yes(/^\p{Ll}/u.test(bare)),
  };
}

function vocabulary(text: string): Record<string, number> {
  return {
    foreignTask: yes(FOREIGN_TASK.test(text)),
    foreignEvent: yes(FOREIGN_EVENT.test(text)),
    foreignIdea: yes(FOREIGN_IDEA.test(text)),
    eventNoun: yes(EVENT_NOUNS.test(text)),
    ideaWord: yes(IDEA_WORDS.test(text)),
    ideaArtefact: yes(IDEA_ARTEFACTS.test(text)),
    obligation: yes(OBLIGATION.test(text)),
    past: share(count(text, PAST), 2),
    copula: share(count(text, COPULA), 2),
    feeling: yes(FEELING.test(text)),
    projectWord: yes(PROJECT_WORDS.test(text)),
    pageWord: yes(PAGE_WORDS.test(text)),
    withSomeone: yes(/\b(?:with|w\/|mit|avec|con)\b/iu.test(text)),
  };
}

function dates(text: string): Record<string, number> {
  const found = findDue(text, ANY_DAY);
  const hasTime = found?.due.time != null;
  const isEvent = EVENT_NOUNS.test(text) || FOREIGN_EVENT.test(text);
  const first = /[\p{L}'’]+/u.exec(text)?.[0].toLowerCase() ?? '';
  return {
    day: yes(found?.saysDay === true),
    time: yes(hasTime),
    dayAndTime: yes(found?.saysDay === true && hasTime),
    deadline: yes(/\b(?:by|before|until|till|due|deadline|eod|bis|avant|antes)\b/iu.test(text) && found !== null),
    recurrence: yes(findRecurrence(text) !== null),
    eventWithDay: yes(isEvent && found !== null),
    imperativeWithDay: yes(IMPERATIVES.has(first) && found !== null),
    saysPast: yes(/\b(?:yesterday|last (?:night|week|month|year)|ago|gestern|hier|ayer)\b/iu.test(text)),
    timeSpan: yes(/\b\d{1,2}(?:[:.]\d\d)?\s?(?:-|–|to|until)\s?\d{1,2}(?:[:.]\d\d)/iu.test(text)),
  };
}
