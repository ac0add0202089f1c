import { constrainOf } from '../contract/constraints.ts';
import { ServiceError } from '../contract/errors.ts';
import { shapeOf } from '../contract/model.ts';
import { readerOf } from '../contract/read-value.ts';
import type { StructureShape } from '../contract/shape.ts';
import type { ProjectMistake } from './mistake.ts';
import type { BuildProject } from './project.ts';

/** The most of what is shown of what a file may have. */
const maxNamed = 30;

/**
 * Says which members of a declared project don't have the form of CodeBuild's model, which callers of its API are held to by
 * the front door. Members of a file that the model lacks are mistakes too, since they could only be misspelled.
 */
export function findShapeMistakes(declared: Record<string, unknown>): ProjectMistake[] {
  const { members } = shapeOf('codebuild:CreateProjectInput') as StructureShape;
  return Object.entries(members).flatMap(([name, { shape }]) => {
    const value = declared[name];
    if (value === undefined || name === 'name') return [];
    const member = name as keyof BuildProject;
    return valueMistakes(shape, value, name).map((message) => ({ member, message }));
  });
}

function valueMistakes(shape: string, value: unknown, path: string): string[] {
  try {
    const read = readerOf(shape)(value);
    const unknown = unknownMember(shape, value, path);
    if (unknown !== undefined) return [unknown];
    const report: { problems: string[] } = { problems: [] };
    constrainOf(shape)(read, path, report);
    return report.problems;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const hint = / a String$/.test(error.message) ? ': put texts that look like numbers in quotes' : '';
    return [`${error.message}${hint}`];
  }
}

/** Names the first member of a value that its shape doesn't have. */
function unknownMember(shapeName: string, value: unknown, path: string): string | undefined {
  const shape = shapeOf(shapeName);
  if (shape.type === 'list') {
    for (const [index, element] of (value as unknown[]).entries()) {
      const found = unknownMember(shape.member.shape, element, `${path}.${index + 1}`);
      if (found !== undefined) return found;
    }
  }
  if (shape.type !== 'structure') return undefined;
  const known = Object.keys(shape.members);
  for (const [name, held] of Object.entries(value as object)) {
    const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (!member) return `${path} has no member '${name}'. It has ${known.slice(0, maxNamed).join(', ')}`;
    const found = held === null ? undefined : unknownMember(member.shape, held, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
