/** A script as text, with all that it imports: scripts/bundle.mjs makes it. */
declare module "*?text" {
  const text: string;
  export default text;
}
