// How the scripts tell what they found: a line per failure, then `N passed, M failed`.
let passed = 0;
let failed = 0;

const indented = (text) => String(text).trimEnd().split('\n').join('\n     ');

/** Counts a check. `problem` is what is wrong, or nothing. */
export const check = (name, problem) => {
  if (!problem || problem.length === 0) {
    passed += 1;
    return true;
  }
  failed += 1;
  const lines = [problem].flat();
  const rest = lines.length > 20 ? [`and ${lines.length - 20} more`] : [];
  console.log(`FAIL ${name}\n     ${indented([...lines.slice(0, 20), ...rest].join('\n'))}`);
  return false;
};

/** The last line, and the exit code. */
export const done = () => {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
};

/** What every script is called with: the server, and an empty folder of its own. */
export const parameters = () => {
  const [address, folder] = process.argv.slice(2);
  if (!address || !folder) {
    console.error(`usage: node ${process.argv[1]} http://127.0.0.1:PORT FOLDER`);
    process.exit(2);
  }
  return { address, folder };
};
