/** The languages whose dates and phrases are understood. */
export type CaptureLanguage = 'en' | 'de' | 'fr' | 'es';

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Frequent words, most of which the other languages do not have in the same spelling. */
const FREQUENT_WORDS: Record<CaptureLanguage, ReadonlySet<string>> = {
  en: words(`
    the a an and of to for with on in at is are was were be by from that this it i my we our you your he she they not
    no have has had will would should can could may what how why when if or but about before after next until today
    tomorrow tonight every call buy book meeting day week month new old`),
  de: words(`
    der das und ist nicht ich wir mit für auf dem den ein eine einen einer zum zur bis vom beim nach noch heute morgen
    übermorgen gestern jeden jede jedes uhr bei ab von am im um die kein sind hat wurde montag dienstag mittwoch
    donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember vergessen kaufen anrufen
    schicken termin sehr schön wenn dass auch nächste nächsten nächster woche wochen monat tage tagen muss sollte
    könnte können wäre über gegen ende abend heißt kommt bitte oder aber aus unter zwischen rechnung zahnarzt arzt`),
  fr: words(`
    le la les du une est et pour avec dans sur pas que qui nous il elle au aux ce cette ma mes des demain hier avant
    après chez lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet août
    septembre octobre novembre décembre soir matin semaine prochaine prochain mois jours acheter appeler payer envoyer
    faut réunion dîner très chaque tous toutes à où était aujourd oublier de un`),
  es: words(`
    el los las del una es y para con en por que un al lo su mi mañana ayer hoy antes después lunes martes miércoles
    jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
    diciembre noche tarde semana próxima próximo mes días comprar llamar pagar enviar hay reunión cena cita muy cada
    todos todas está tengo pedir día de la`),
};

/** A cheap guess by frequent words, to choose the date grammar and the phrases to look for; English when in doubt. */
export function guessLanguage(text: string): CaptureLanguage {
  // '10 am' is English, 'am 10.' is German.
  const found =
    text
      .slice(0, 500)
      .toLowerCase()
      .replace(/\d\s?am\b/gu, ' ')
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  const hits = (language: CaptureLanguage): number => found.filter((word) => FREQUENT_WORDS[language].has(word)).length;
  let best: CaptureLanguage = 'en';
  let most = hits('en') + 0.5;
  for (const language of ['de', 'fr', 'es'] as const) {
    // A single hit decides only a text that is short or has letters that English lacks.
    const count = hits(language) >= 2 || found.length <= 6 || /[äöüßéèàçñ¿¡]/iu.test(text) ? hits(language) : 0;
    if (count > most) {
      best = language;
      most = count;
    }
  }
  return best;
}
