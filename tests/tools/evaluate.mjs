// GitHub's own evaluator of expressions: node evaluate.mjs NODE_MODULES < CASES
// CASES is a JSON list of {text, contexts, status}; prints the list of values. `status` answers always(), success(), ...
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const take = (path) => import(pathToFileURL(join(process.argv[2], path)).href);
const { Lexer, Parser, Evaluator, data } = await take("@actions/expressions/dist/index.js");
const { reviver } = await take("@actions/expressions/dist/data/reviver.js");

const plain = (value) => (value.kind === data.Kind.String ? value.value : JSON.parse(JSON.stringify(value, data.replacer)));
const value = ({ text, contexts, status }) => {
  const functions = Object.keys(status).map((name) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(status[name]),
  }));
  const parsed = new Parser(new Lexer(text).lex().tokens, Object.keys(contexts), functions).parse();
  const known = new Map(functions.map((each) => [each.name, each]));
  return plain(new Evaluator(parsed, JSON.parse(JSON.stringify(contexts), reviver), known).evaluate());
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(value)));
