/**
 * The second phase of a check: the model's constraints on a copy with the right types. Each shape is compiled once into
 * a function that adds violations to a report. Paths include members of structures and elements of lists of structures
 * (`stages.1.member`); maps and lists of scalars are reported as a whole (wire 6).
 */
import { businessRefusals } from './departures.ts';
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
import type { ListShape, MapShape, Shape, StructureShape } from './shape.ts';

/** Related services report no more. The limit also bounds the work for an invalid input. */
const reportedProblemsLimit = 10;

/** Violated constraints, and the first business refusal, which matters only if there are none. */
export interface Report {
  problems: string[];
  refusal?: string;
}

/** Adds the violations of the value at `path` to the report. */
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

/** Paths use lowerCamel even if the wire does not (`NextToken` of ListWebhooks). */
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
 * Only `artifactStores` has structures as values. Related services report `<map>.<key>.member.<member>` (DynamoDB's
 * `requestItems.<table>.member.keys`); an invalid key is not repeated.
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

/** Returns the constraint check of a shape, compiled once. Input shapes are not recursive. */
export function constrainOf(name: string): Constrain {
  let constrain = compiled.get(name);
  if (constrain === undefined) {
    constrain = compileConstrain(name);
    compiled.set(name, constrain);
  }
  return constrain;
}
