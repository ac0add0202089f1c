import type { BuildProject } from './project.ts';

/** Something that CodeBuild would refuse about a project, or that can't be had here. */
export interface ProjectMistake {
  /** The member of the project. */
  member: keyof BuildProject;
  message: string;
}

/** Says what is wrong with the identifier of a secondary source or artifact. */
export function identifierMistake(member: string, identifier = ''): string | undefined {
  if (/^\w{1,127}$/.test(identifier)) return undefined;
  return `Invalid input: ${member} must contain only alphanumeric characters and underscores and be less than 128 characters in length`;
}

/** Returns the first value that is there twice. */
export function firstRepeated(values: readonly (string | undefined)[]): string | undefined {
  return values.find((value, index) => value !== undefined && values.indexOf(value) !== index);
}
