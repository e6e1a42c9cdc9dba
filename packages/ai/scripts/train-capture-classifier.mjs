/**
 * Builds capture-type-weights.json, the classifier that tells a capture's type, from training/*.txt.
 *
 *   npx tsc -b packages/ai && node packages/ai/scripts/train-capture-classifier.mjs [--folds]
 *
 * Each file holds the captures of one type, one a line, '\\n' standing for a line break. One in eight is held back: it is
 * not trained on, gives the temperature of the confidence and the accuracy that is printed. Features come from the built
 * package, so training and inference cannot differ. The result is the same on every run: nothing is random, the split
 * depends on the text alone. `--folds` prints the accuracy of a five-fold cross-validation instead, with every mistake,
 * and writes nothing. About a minute, or four with `--folds`.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { classifierInputs } from '../dist/capture/classifier.js';
import { captureWords, FEATURE_NAMES } from '../dist/capture/features.js';
import { isHeldBack, readTrainingCaptures } from '../dist/capture/training-captures.js';
import { createLocalEmbedder } from '../dist/index.js';

const TYPES = ['note', 'task', 'project', 'page', 'event', 'idea'];
/** How strongly each kind of weight is pulled towards zero; chosen by cross-validation. */
const DECAY = { feature: 0.001, vector: 0.004, word: 0.002 };
/** A word that fewer training captures have says nothing. */
const MIN_CAPTURES_PER_WORD = 3;
const STEPS = 300;
const RATE = 0.05;

const captures = readTrainingCaptures();
const embedder = createLocalEmbedder();
const vectors = await embedder.embed(captures.map(({ text }) => text));
await embedder.close();
const rows = captures.map(({ text, type }, index) => ({
  text,
  type: TYPES.indexOf(type),
  isHeldBack: isHeldBack(text),
  dense: classifierInputs(text, vectors[index]),
  words: captureWords(text),
}));
const denseWidth = rows[0].dense.length;

if (process.argv.includes('--folds')) crossValidate();
else build();

function build() {
  const heldBack = rows.filter((row) => row.isHeldBack);
  const model = train(rows.filter((row) => !row.isHeldBack));
  const temperature = bestTemperature(model, heldBack);
  const right = heldBack.filter((row) => argmax(scores(model, row)) === row.type).length;
  const trained = {
    embeddingModel: embedder.model,
    features: FEATURE_NAMES,
    types: TYPES,
    temperature,
    weights: model.weights.map((row) => Array.from(row.subarray(0, denseWidth), rounded)),
    words: Object.fromEntries(
      [...model.vocabulary].map(([word, column]) => [word, model.weights.map((row) => rounded(row[column]))]),
    ),
  };
  const json = `${JSON.stringify(trained)}\n`;
  writeFileSync(new URL('../capture-type-weights.json', import.meta.url), json);
  console.log(`${rows.length - heldBack.length} captures trained on, ${model.vocabulary.size} words`);
  console.log(
    `${heldBack.length} held back, ${right} right (${percent(right, heldBack.length)}), temperature ${temperature}, ${json.length} bytes`,
  );
}

function crossValidate() {
  const fold = (text) => createHash('sha256').update(`fold ${text}`).digest()[0] % 5;
  let right = 0;
  for (let part = 0; part < 5; part++) {
    const model = train(rows.filter((row) => fold(row.text) !== part));
    for (const row of rows.filter(({ text }) => fold(text) === part)) {
      const chances = softmax(scores(model, row));
      const said = argmax(chances);
      if (said === row.type) right += 1;
      else
        console.log(
          `${TYPES[row.type]} taken for ${TYPES[said]} (${chances[said].toFixed(2)}): ${JSON.stringify(row.text).slice(0, 110)}`,
        );
    }
  }
  console.log(`${right} of ${rows.length} right (${percent(right, rows.length)})`);
}

/** Multinomial logistic regression: Adam on the mean cross-entropy, rare types weighted up (by the root of the full weight). */
function train(examples) {
  const vocabulary = vocabularyOf(examples);
  const width = denseWidth + vocabulary.size;
  const model = { vocabulary, weights: TYPES.map(() => new Float64Array(width)) };
  const columns = examples.map((row) => wordColumns(model, row));
  const counts = TYPES.map((_, type) => examples.filter((row) => row.type === type).length);
  const importance = examples.map(
    (row) => Math.sqrt(examples.length / TYPES.length / counts[row.type]) / examples.length,
  );
  const moments = TYPES.map(() => ({ mean: new Float64Array(width), square: new Float64Array(width) }));
  for (let step = 1; step <= STEPS; step++) {
    const gradient = TYPES.map(() => new Float64Array(width));
    for (const [index, row] of examples.entries()) {
      const chances = softmax(scores(model, row, columns[index]));
      const errors = chances.map((chance, type) => (chance - (type === row.type ? 1 : 0)) * importance[index]);
      addErrors(gradient, errors, row, columns[index]);
    }
    for (const [type, row] of model.weights.entries()) adamStep(row, gradient[type], moments[type], step);
  }
  return model;
}

function addErrors(gradient, errors, row, columns) {
  for (const [type, error] of errors.entries()) {
    const slope = gradient[type];
    for (let i = 0; i < denseWidth; i++) slope[i] += error * row.dense[i];
    for (const column of columns) slope[column] += error;
  }
}

/** Kingma and Ba, 2015, with the rate falling to zero. */
function adamStep(row, gradient, { mean, square }, step) {
  const rate = RATE * (1 - step / (STEPS + 1));
  for (let i = 0; i < row.length; i++) {
    const slope = gradient[i] + decayOf(i) * row[i];
    mean[i] = 0.9 * mean[i] + 0.1 * slope;
    square[i] = 0.999 * square[i] + 0.001 * slope * slope;
    row[i] -= (rate * (mean[i] / (1 - 0.9 ** step))) / (Math.sqrt(square[i] / (1 - 0.999 ** step)) + 1e-8);
  }
}

function decayOf(column) {
  if (column === 0) return 0;
  if (column <= FEATURE_NAMES.length) return DECAY.feature;
  return column < denseWidth ? DECAY.vector : DECAY.word;
}

function vocabularyOf(examples) {
  const counts = new Map();
  for (const word of examples.flatMap((row) => row.words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts.keys()].filter((word) => counts.get(word) >= MIN_CAPTURES_PER_WORD).sort();
  return new Map(frequent.map((word, index) => [word, denseWidth + index]));
}

function wordColumns({ vocabulary }, row) {
  return row.words.flatMap((word) => vocabulary.get(word) ?? []);
}

function scores(model, row, columns = wordColumns(model, row)) {
  return model.weights.map((weights) => {
    let sum = 0;
    for (let i = 0; i < denseWidth; i++) sum += weights[i] * row.dense[i];
    for (const column of columns) sum += weights[column];
    return sum;
  });
}

function bestTemperature(model, examples) {
  const loss = (temperature) =>
    examples.reduce(
      (sum, row) => sum - Math.log(softmax(scores(model, row).map((score) => score / temperature))[row.type]),
      0,
    );
  const candidates = Array.from({ length: 40 }, (_, index) => Number((0.3 + index * 0.05).toFixed(2)));
  return candidates.reduce((best, candidate) => (loss(candidate) < loss(best) ? candidate : best));
}

function softmax(values) {
  const highest = Math.max(...values);
  const odds = values.map((value) => Math.exp(value - highest));
  const total = odds.reduce((sum, each) => sum + each, 0);
  return odds.map((each) => each / total);
}

function argmax(values) {
  return values.indexOf(Math.max(...values));
}

function rounded(value) {
  return Number(value.toFixed(3));
}

function percent(part, whole) {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
