import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectLanguage } from './detect-language.ts';
import { partQuery, partText } from './grams.ts';

const SAMPLES: Readonly<Record<string, string>> = {
  english: 'We talked about the plan for the garden and when the beans should be in the ground.',
  german: 'Wir haben über den Plan für den Garten gesprochen und wann die Bohnen in die Erde müssen.',
  french: 'Nous avons parlé du plan pour le jardin et du moment où les haricots doivent être dans la terre.',
  spanish: 'Hablamos del plan para el jardín y de cuándo los frijoles deben estar en la tierra con las semillas.',
  portuguese: 'Falámos do plano para o jardim e de quando os feijões devem estar na terra com as sementes.',
  italian: 'Abbiamo parlato del piano per il giardino e di quando i fagioli devono essere nella terra.',
  dutch: 'We hebben het plan voor de tuin besproken en wanneer de bonen in de grond moeten zijn.',
  swedish: 'Vi pratade om planen för trädgården och när bönorna ska vara i jorden, och det är inte långt till dess.',
  danish: 'Vi talte om planen for haven, og hvad der skal være i jorden efter påske, ikke kun af bønner.',
  finnish: 'Puhuimme puutarhan suunnitelmasta ja siitä, että pavut ovat maassa, mutta se ei ole vielä valmis.',
  turkish: 'Bahçe için bir plan yaptık ve bu çok daha iyi olan bir fikir gibi, ama sonra değil.',
  russian: 'Мы говорили о плане сада и о том, когда бобы должны быть в земле.',
  greek: 'Μιλήσαμε για το σχέδιο του κήπου και πότε τα φασόλια πρέπει να είναι στη γη.',
  arabic: 'تحدثنا عن خطة الحديقة ومتى يجب أن تكون الفاصوليا في الأرض',
  simple: '我们谈到了花园的计划',
};

describe('the language of a text', () => {
  test.each(Object.entries(SAMPLES))('%s is told by its letters and little words', (language, text) => {
    expect(detectLanguage(text)).toBe(language);
  });

  test('what does not tell is what it is said to be otherwise', () => {
    expect(detectLanguage('Kubernetes Grafana 42')).toBe('english');
    expect(detectLanguage('', { otherwise: 'german' })).toBe('german');
  });

  test('any text has one', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => detectLanguage(text) !== ''));
  });
});

describe('scripts without spaces', () => {
  test('any part of a run is found by its pairs', () => {
    const run = fc.string({ unit: fc.constantFrom(...'我们谈到了花园计划です한국어ไทย'), minLength: 1 });
    fc.assert(
      fc.property(run, run, run, (before, part, after) => {
        const { grams } = partText(`x ${before}${part}${after} y`);
        const asked = partQuery(part);
        expect(grams).toEqual(expect.arrayContaining([...asked.grams]));
        for (const single of asked.singles) expect(grams.some((gram) => gram.startsWith(single))).toBe(true);
      }),
    );
  });

  test('wide and half-width letters are the plain ones', () => {
    expect(partText('ＡＢＣ ｶﾞｲﾄﾞ').spaced.trim()).toBe('abc');
    expect(partText('ｶﾞｲﾄﾞ').grams).toEqual(partText('ガイド').grams);
  });

  test('the rest is left to full-text search', () => {
    expect(partText('Node.js 入門 guide').spaced).toBe('node.js   guide');
    expect(partText('no such script').grams).toEqual([]);
  });
});
