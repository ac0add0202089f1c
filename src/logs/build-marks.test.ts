import { expect, test } from 'vitest';
import { findFailure, findMarks } from './build-marks.ts';

const own = (text: string) => `[Container] 2026/07/14 09:57:51.273721 ${text}\n`;

const failing = [
  'grüße before\n',
  own('Entering phase BUILD'),
  own('Running command make'),
  'error: [Container] 2026/07/14 09:57:51.273721 Running command fake\n',
  own('Command did not exit successfully make exit status 2'),
  own('Running command echo finally'),
  own('Phase complete: BUILD State: FAILED'),
  own(
    'Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: make. Reason: exit status 2',
  ),
  own('Phase context status code:  Message: '),
].join('');

test('phases, commands and failures are found at the start of lines, with bytes and lines', () => {
  const marks = findMarks(failing);
  expect(marks.map(({ kind, name, line }) => [kind, name, line])).toEqual([
    ['phase', 'BUILD', 1],
    ['command', 'make', 2],
    ['failure', 'Command did not exit successfully make exit status 2', 4],
    ['command', 'echo finally', 5],
    ['failure', 'COMMAND_EXECUTION_ERROR Message: Error while executing command: make. Reason: exit status 2', 7],
  ]);
  const bytes = Buffer.from(failing);
  for (const { offset } of marks) expect(bytes.subarray(offset, offset + 11).toString()).toBe('[Container]');
  expect(findMarks('no marks\n')).toEqual([]);
});

test('the failing place is the command whose failure ended the phase, not one of finally', () => {
  expect(findFailure(findMarks(failing))).toMatchObject({
    phase: 'BUILD',
    command: 'make',
    exitStatus: 2,
    line: 2,
    failureLine: 4,
    reason: 'Error while executing command: make. Reason: exit status 2',
  });
});

test('a failure that is none of a command is its own place, and a success has none', () => {
  const yaml = own('Phase context status code: YAML_FILE_ERROR Message: YAML file does not exist');
  expect(findFailure(findMarks(`x\n${yaml}`))).toEqual({
    reason: 'YAML file does not exist',
    line: 1,
    offset: 2,
    failureLine: 1,
  });
  const retried = own('Running command flaky') + own('Command did not exit successfully flaky exit status 1');
  expect(findFailure(findMarks(retried + own('Phase complete: BUILD State: SUCCEEDED')))).toBeUndefined();
});

test('a megabyte of lines that look like marks is read quickly', () => {
  const many = own('Running command x').repeat(20_000);
  expect(findMarks(many)).toHaveLength(20_000);
});
