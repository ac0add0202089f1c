import type { ResourceKind } from '../model/resource.ts';

/** A member of a document. */
export interface Member {
  type: 'text' | 'list' | 'flag';
  isRequired?: boolean;
  /** Sealed in the store, and never shown. */
  isSecret?: boolean;
  /** For the reference page and for mistakes: what the member says. */
  documentation: string;
  /** Says what is wrong with a text, as the end of a sentence. */
  mistakeIn?(text: string): string | undefined;
}

/** What documents of a kind look like. */
export interface KindDescription {
  kind: ResourceKind;
  /** The member of a file that lists them. */
  section: string;
  documentation: string;
  members: Record<string, Member>;
  /** Says what is wrong with members together: which one, and the end of a sentence. */
  mistakesOf?(document: Record<string, unknown>): { member: string; mistake: string }[];
}
