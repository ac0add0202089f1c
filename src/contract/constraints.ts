/**
 * The second phase of a check: the constraints of the model on a copy whose types are right. Every shape is compiled
 * once into a function that appends what is broken to a report. Structures name their members in the path, lists of
 * structures their elements (`stages.1.member`), and maps and lists of scalars are reported as a whole (wire 6).
 */
import { businessRefusals } from './departures.ts';
import type { ListShape, MapShape, Shape, StructureShape } from './model.ts';
import { shapeOf } from './model.ts';
import {
  elementsSatisfy,
  keysSatisfy,
  maxLength,
  minLength,
  noNullCharacter,
  notNull,
  problemAt,
  valuesSatisfy,
} from './phrases.ts';
import type { ScalarConstraint } from './scalar-constraints.ts';
import { hasNullCharacter, scalarConstraintsOf, withDepartures } from './scalar-constraints.ts';

/** The family of services reports no more; it also bounds the work a bad input can cause. */
const reportedProblemsLimit = 10;

/** What a check found: broken constraints, and the first business refusal, which counts only if nothing is broken. */
export interface Report {
  problems: string[];
  refusal?: string;
}

/** Appends to `report` what is broken in `value`, which stands at `path`. */
export type Constrain = (value: unknown, path: string, report: Report) => void;

function isFull(report: Report): boolean {
  return report.problems.length >= reportedProblemsLimit;
}

function add(report: Report, path: string, phrase: string): void {
  if (!isFull(report)) report.problems.push(problemAt(path, phrase));
}

function isBroken(constraints: readonly ScalarConstraint[], value: unknown): boolean {
  return constraints.some((constraint) => !constraint.isMet(value));
}

function isScalar(shape: Shape): boolean {
  return shape.type !== 'structure' && shape.type !== 'list' && shape.type !== 'map';
}

function addSizeProblems(shape: ListShape | MapShape, size: number, path: string, report: Report): void {
  if (shape.max !== undefined && size > shape.max) add(report, path, maxLength(shape.max));
  if (shape.min !== undefined && size < shape.min) add(report, path, minLength(shape.min));
}

function scalarConstrain(shapeName: string): Constrain {
  const constraints = scalarConstraintsOf(shapeName);
  return (value, path, report) => {
    for (const { isMet, phrase } of constraints) {
      if (!isMet(value)) add(report, path, phrase);
    }
    if (hasNullCharacter(value)) add(report, path, noNullCharacter);
  };
}

/** Paths are lowerCamel even where the wire is not (`NextToken` of ListWebhooks). */
function pathName(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}

function structureConstrain(shape: StructureShape): Constrain {
  const members = Object.entries(shape.members).map(([name, member]) => ({
    name,
    pathName: pathName(name),
    isRequired: member.required === true,
    constrain: constrainOf(member.shape),
  }));
  return (value, path, report) => {
    const structure = value as Record<string, unknown>;
    for (const member of members) {
      const held = structure[member.name];
      if (held === undefined && !member.isRequired) continue;
      const memberPath = path === '' ? member.pathName : `${path}.${member.pathName}`;
      if (held === undefined) add(report, memberPath, notNull);
      else member.constrain(held, memberPath, report);
    }
  };
}

function listConstrain(shape: ListShape): Constrain {
  const constrain = isScalar(shapeOf(shape.member.shape))
    ? scalarElementsConstrain(shape.member.shape)
    : elementsConstrain(shape.member.shape);
  return (value, path, report) => {
    addSizeProblems(shape, (value as unknown[]).length, path, report);
    constrain(value, path, report);
  };
}

function scalarElementsConstrain(elementShape: string): Constrain {
  const constraints = scalarConstraintsOf(elementShape);
  const phrase = elementsSatisfy(constraints.map((constraint) => constraint.phrase));
  return (value, path, report) => {
    const list = value as unknown[];
    if (list.some((element) => isBroken(constraints, element))) add(report, path, phrase);
    if (list.some(hasNullCharacter)) add(report, path, noNullCharacter);
  };
}

function elementsConstrain(elementShape: string): Constrain {
  const constrain = constrainOf(elementShape);
  return (value, path, report) => {
    for (const [index, element] of (value as unknown[]).entries()) {
      if (isFull(report)) return;
      constrain(element, `${path}.${index + 1}.member`, report);
    }
  };
}

function mapConstrain(shapeName: string, shape: MapShape): Constrain {
  const keyConstraints = scalarConstraintsOf(shape.key.shape);
  const keyPhrase = keysSatisfy(keyConstraints.map((constraint) => constraint.phrase));
  const constrainValues = isScalar(shapeOf(shape.value.shape))
    ? scalarValuesConstrain(shape.value.shape)
    : valuesConstrain(shape.value.shape, keyConstraints);
  const refuseMap = businessRefusals[shapeName];
  return (value, path, report) => {
    const map = value as Record<string, string>;
    const keys = Object.keys(map);
    addSizeProblems(shape, keys.length, path, report);
    if (keys.some((key) => isBroken(keyConstraints, key))) add(report, path, keyPhrase);
    if (keys.some(hasNullCharacter)) add(report, path, noNullCharacter);
    constrainValues(map, path, report);
    if (refuseMap !== undefined) report.refusal ??= refuseMap(map);
  };
}

function scalarValuesConstrain(valueShape: string): Constrain {
  const constraints = scalarConstraintsOf(valueShape);
  const phrase = valuesSatisfy(constraints.map((constraint) => constraint.phrase));
  return (value, path, report) => {
    const values = Object.values(value as Record<string, unknown>);
    if (values.some((entry) => isBroken(constraints, entry))) add(report, path, phrase);
    if (values.some(hasNullCharacter)) add(report, path, noNullCharacter);
  };
}

/**
 * Only `artifactStores` has structures as values. The family writes `<map>.<key>.member.<member>` there (DynamoDB's
 * `requestItems.<table>.member.keys`); a key that is itself refused is not echoed.
 */
function valuesConstrain(valueShape: string, keyConstraints: readonly ScalarConstraint[]): Constrain {
  const constrain = constrainOf(valueShape);
  return (value, path, report) => {
    for (const [key, entry] of Object.entries(value as Record<string, unknown>)) {
      if (isFull(report)) return;
      if (isBroken(keyConstraints, key) || hasNullCharacter(key)) continue;
      constrain(entry, `${path}.${key}.member`, report);
    }
  };
}

function compileConstrain(name: string): Constrain {
  const shape = withDepartures(name, shapeOf(name));
  switch (shape.type) {
    case 'structure':
      return structureConstrain(shape);
    case 'list':
      return listConstrain(shape);
    case 'map':
      return mapConstrain(name, shape);
    default:
      return scalarConstrain(name);
  }
}

const compiled = new Map<string, Constrain>();

/** The constraint check of the shape called `name`, compiled once. No input shape contains itself. */
export function constrainOf(name: string): Constrain {
  let constrain = compiled.get(name);
  if (constrain === undefined) {
    constrain = compileConstrain(name);
    compiled.set(name, constrain);
  }
  return constrain;
}
