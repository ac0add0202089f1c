/** A policy that cannot be kept as written. The message begins with the place of the fault: `Statement[0].Action`. */
export class PolicyError extends Error {
  constructor(place: string, fault: string) {
    super(place === '' ? fault : `${place}: ${fault}`);
    this.name = 'PolicyError';
  }
}
