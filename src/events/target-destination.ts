import type { Scope } from '../model/pipeline.ts';
import { DeliveryFailure, type Destination } from './destination.ts';
import { senders } from './targets/index.ts';
import type { OpenTarget } from './targets/sender.ts';

/** The event targets that are stored. */
export interface StoredTargets {
  /** Lists the targets of an account and Region. */
  list(scope: Scope): Promise<{ name: string }[]>;
  /** Returns a target with its secrets open. */
  find(scope: Scope, name: string): Promise<OpenTarget | undefined>;
}

/** Creates the destination of event targets: each gets every event of its account and Region. */
export function createTargetDestination(targets: StoredTargets): Destination {
  return {
    kind: 'EventTarget',
    async subscribersOf(events) {
      // Most batches are of one account and Region.
      const listed = new Map<string, Promise<string[]>>();
      return Promise.all(
        events.map(({ account, region }) => {
          const key = JSON.stringify([account, region]);
          const names = listed.get(key) ?? targets.list({ account, region }).then((all) => all.map(({ name }) => name));
          listed.set(key, names);
          return names;
        }),
      );
    },
    async deliver(name, event, context, signal) {
      const target = await targets.find({ account: event.account, region: event.region }, name);
      if (!target) throw new DeliveryFailure('The target has been deleted.', { isFinal: true });
      const sender = senders.find(({ type }) => type === target.document.type);
      // A server of a later version has stored it.
      if (!sender) throw new DeliveryFailure(`This server cannot send to targets of the type ${target.document.type}.`);
      await sender.send(target, event, context, signal);
    },
  };
}
