import type { StoredDeclaration } from './pipeline.ts';

/** A member of a declaration that is stored and returned but has no effect in this version. */
export interface UnobeyedMember {
  stageName: string;
  /** The action or rule. */
  name: string;
  /** A sentence that says what happens instead. */
  notice: string;
}

/** Finds the members without effect; `home` is the pipeline's Region. */
export function unobeyedMembers({ stages }: Pick<StoredDeclaration, 'stages'>, home: string) {
  return stages.flatMap(({ name: stageName, actions, beforeEntry, onSuccess, onFailure }): UnobeyedMember[] => {
    const gates = [beforeEntry, onSuccess, onFailure].flatMap((gate) => gate?.conditions ?? []);
    const placed = [...actions, ...gates.flatMap(({ rules }) => rules ?? [])];
    return placed
      .filter(({ region }) => region !== undefined && region !== home)
      .map(({ name, region }) => ({
        stageName,
        name,
        notice: `Declared for ${region}, but runs in ${home}: this server runs a whole pipeline in its own Region.`,
      }));
  });
}
