export { createAnswerCheck } from './answer-check.ts';
