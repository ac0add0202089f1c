/** Every member of every operation's input, at any depth, with every JSON type that is not its own. */
import { test } from 'vitest';
import { operationNames } from '../bounded-model.ts';
import { shareServer } from '../shared-server.ts';
import { expectAnswers } from './expect-answers.ts';
import { typeCases } from './input-cases.ts';

const server = shareServer();

test.each(operationNames)('%s: wrong JSON types are SerializationExceptions in the words of the service', (operation) =>
  expectAnswers(server.url, operation, typeCases(operation)),
);
