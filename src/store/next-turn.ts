/** A declaration of more characters takes milliseconds to parse, to judge and to write. */
const largeCharacters = 200_000;

/**
 * Lets others have a turn between two steps that each take long for a text of so many characters. Only where no other
 * statement of the transaction is under way: one that fails meanwhile would end it.
 */
export async function nextTurn(characters: number): Promise<void> {
  if (characters > largeCharacters) await new Promise((resolve) => setImmediate(resolve));
}
