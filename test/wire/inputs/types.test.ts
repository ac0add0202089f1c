/** Every member of every operation's input, at any depth, with every wrong JSON type. */
import { test } from 'vitest';
import { operationNames } from '../bounded-model.ts';
import { shareServer } from '../shared-server.ts';
import { expectAnswers } from './expect-answers.ts';
import { typeCases } from './input-cases.ts';

const server = shareServer();

test.each(operationNames)('%s: wrong JSON types are SerializationExceptions with the texts of AWS', (operation) =>
  expectAnswers(server.url, operation, typeCases(operation)),
);
