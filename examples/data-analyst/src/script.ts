/** What the scripted model does: the code of a question, then what the result says. */
import { runs, type Script } from '@belljar/example-shared/script';
import { composeAnswer } from './scripted-answers.js';
import { SCRIPTED_CODE } from './scripted-code.js';

export const script: Script = ({ question, results: [result] }) =>
  result === undefined
    ? runs(SCRIPTED_CODE[question - 1] ?? '')
    : { say: composeAnswer(question, result) };
