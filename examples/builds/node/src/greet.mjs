/** Returns a greeting. */
export function greet(name) {
  return `Hello, ${name}!`;
}
