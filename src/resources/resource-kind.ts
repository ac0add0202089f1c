import type { Member, ResourceKind } from '../model/resource.ts';

/** What documents of a kind look like. */
export interface KindDescription {
  kind: ResourceKind;
  /** The member of a file that lists them. */
  section: string;
  documentation: string;
  /** Says what is wrong with a name, as the end of a sentence; by default names have letters, digits, and some signs. */
  nameMistake?(name: string): string | undefined;
  members: Record<string, Member>;
  /** Says what is wrong with members together: which one, and the end of a sentence. */
  mistakesOf?(document: Record<string, unknown>): { member: string; mistake: string }[];
}
