// `tgc test` as a command: which tests run, what is written, and what the reports hold.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { rootFolder } from "../../run-tgc.ts";
import { makeSuite, program } from "./run-tests.ts";

const suite = makeSuite();
afterEach(() => suite.clear());

const passing = `// RUN: tgc print %s\n// CHECK: graph g\n${program}`;
const golden = `// RUN: tgc print %s\n// Printed.\n${program}`;
const failing = `// RUN: tgc print %s\n// CHECK: relu\n${program}`;

test("folders are searched, but for inputs and what is hidden; results are in the order of names", async () => {
  for (const name of ["b/z.tg", "a.tg", "b/inputs/x.tg", ".hidden/x.tg", "node_modules/x.tg"])
    suite.write(name, passing);
  suite.write("b/notes.md", "no test");
  const { out, exitCode } = await suite.run("--verbose", "--jobs", "2");
  expect(out).toBe("pass a.tg\npass b/z.tg\n2 passed\n");
  expect(exitCode).toBe(0);
  expect((await suite.run(".", "--filter", "^b/", "-v")).out).toBe("pass b/z.tg\n1 passed\n");
});

test("a failure shows its place and makes exit code 1", async () => {
  suite.write("a.tg", failing);
  const { out, exitCode } = await suite.run();
  expect(exitCode).toBe(1);
  expect(out).toContain("FAIL a.tg\nerror[E1408]: CHECK did not find `relu`\n --> a.tg:2:11\n");
  expect(out).toContain("\n1 failed, 0 passed\n");
});

describe("--bless", () => {
  test("writes the files of the tests it names, and shows what each change means", async () => {
    suite.write("a.tg", golden);
    suite.write("b.tg", golden);
    const { out, exitCode } = await suite.run("--bless", "a.tg");
    expect([exitCode, existsSync(join(suite.folder, "b.tg.expected"))]).toEqual([0, false]);
    expect(out).toMatch(/\+graph g\(x: f32\[4\]\) -> \(y: f32\[4\]\) \{\n[\s\S]*1 expected file written\n$/);
    suite.write("a.tg", golden.replace("x + x", "x * x"));
    expect((await suite.run("a.tg", "--bless", "a.tg")).out).toContain(
      "a.tg.expected -> output: meaning, other values",
    );
    expect((await suite.run("a.tg")).exitCode).toBe(0);
    expect((await suite.run("a.tg", "--bless", "a.tg")).out).toBe("no expected file changes\n");
  });

  test("needs names, and such that say one test", async () => {
    suite.write("a.tg", golden);
    suite.write("b/a.tg", golden);
    suite.write("c/a.tg", golden);
    for (const names of [[], ["nope.tg"], ["."], ["*"]]) {
      const { log, exitCode } = await suite.run(".", "--bless", ...names);
      expect([exitCode, log.includes("error[E1421]")]).toEqual([1, true]);
    }
    expect((await suite.run("b", "c", "--bless", "a.tg")).log).toContain("may be b/a.tg, c/a.tg");
    expect(existsSync(join(suite.folder, "a.tg.expected"))).toBe(false);
  });

  test("leaves a test alone that is wrong for another reason", async () => {
    suite.write(
      "a.tg",
      golden.replace(
        "// Printed.",
        "// CHECK: relu\n// RUN(b): tgc opt %s --passes cse > %t\n// RUN(c): not tgc print %s",
      ),
    );
    const { out, exitCode } = await suite.run("--bless", "a.tg");
    expect([exitCode, existsSync(join(suite.folder, "a.tg.expected"))]).toEqual([1, false]);
    expect(out).toContain("error[E1408]");
  });
});

test("expected files that nothing makes are reported where all of their tests ran", async () => {
  suite.write("a.tg", passing);
  suite.write("a.tg.old.expected", "");
  suite.write("gone.tg.expected", "");
  const { out, exitCode } = await suite.run();
  expect(out.match(/error\[E1407\]: .*/g)).toEqual([
    "error[E1407]: no RUN line makes a.tg.old.expected",
    "error[E1407]: no RUN line makes gone.tg.expected",
  ]);
  expect([exitCode, out.endsWith("1 passed, 2 mistakes in the suite\n")]).toEqual([1, true]);
  expect((await suite.run("--filter", "nothing")).out).toBe("no test to run\n");
});

test("FAIL-ON lets a difference in looks pass, and says that there is one; other values fail all the same", async () => {
  suite.write("a.tg", golden.replace("// Printed.", "// FAIL-ON: performance"));
  suite.write("a.tg.expected", "graph g(x: f32[4]) -> (y: f32[4]) {\n  // Twice.\n  y = x + x\n}\n");
  const { out, exitCode } = await suite.run();
  expect([exitCode, out.includes("pass a.tg"), out.includes("FAIL-ON lets pass")]).toEqual([0, true, true]);
  suite.write("a.tg.expected", "graph g(x: f32[4]) -> (y: f32[4]) {\n  y = x - x\n}\n");
  expect((await suite.run()).exitCode).toBe(1);
  suite.write("b.tg", golden);
  suite.write("b.tg.expected", "graph g(x: f32[4]) -> (y: f32[4]) { y = x + x }\n");
  expect((await suite.run("b.tg")).exitCode).toBe(1);
  expect((await suite.run("b.tg", "--fail-on", "meaning")).exitCode).toBe(0);
});

test("--changed runs tests of which a file differs from the commit", async () => {
  const git = (...argv: readonly string[]) =>
    spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...argv], { cwd: suite.folder });
  suite.write("a.tg", passing);
  suite.write("b.tg", golden);
  suite.write("b.tg.expected", "");
  suite.write("c.tg", `// RUN: tgc print inputs/c.tg\n// CHECK: graph g\n`);
  suite.write("inputs/c.tg", program);
  for (const argv of [
    ["init", "-q"],
    ["add", "."],
    ["commit", "-qm", "one"],
  ])
    git(...argv);
  const namesOf = async (...argv: readonly string[]) => {
    const report = JSON.parse((await suite.run("--json", ...argv)).out) as { tests: readonly { name: string }[] };
    return report.tests.map(({ name }) => name);
  };
  expect(await namesOf("--changed")).toEqual([]);
  suite.write("b.tg.expected", "changed\n");
  suite.write("inputs/c.tg", program.replace("x + x", "x * x"));
  suite.write("d.tg", passing);
  expect(await namesOf("--changed")).toEqual(["b.tg", "c.tg", "d.tg"]);
  git("add", ".");
  git("commit", "-qm", "two");
  expect(await namesOf("--changed")).toEqual([]);
  expect(await namesOf("--since", "HEAD~1")).toEqual(["b.tg", "c.tg", "d.tg"]);
  expect((await suite.run("--since", "nope")).log).toContain("error[E1422]");
});

test("--json has every test, --junit the same as XML, in which nothing breaks the form", async () => {
  suite.write("a.tg", passing);
  suite.write("b.tg", failing.replace("relu", 'a < b & "c"\u0001'));
  const { out } = await suite.run("--json", "--junit", "made.xml");
  expect(JSON.parse(out)).toMatchObject({
    schema: "tgc.test/1",
    ok: false,
    passed: 1,
    failed: 1,
    tests: [
      { name: "a.tg", status: "passed", diagnostics: [] },
      { name: "b.tg", status: "failed", diagnostics: [{ code: "E1408", place: { file: "b.tg" } }] },
    ],
  });
  const xml = suite.read("made.xml");
  expect(xml).toMatch(/<testsuite name="tgc" tests="2" failures="1" errors="0" time="\d+\.\d{3}">/);
  expect(xml).toMatch(/<testcase classname="\." name="a.tg" file="a.tg" time="\d+\.\d{3}"\/>/);
  expect(xml).toContain("a &lt; b &amp; &quot;c&quot;");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is looked at
  expect(xml).not.toMatch(/[\u0000-\u0008]/);
  const tags = [...xml.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)].filter(([, , , isEmpty]) => isEmpty === "");
  const open = tags.filter(([, isEnd]) => isEnd === "").map(([, , name]) => name);
  const closed = tags.filter(([, isEnd]) => isEnd === "/").map(([, , name]) => name);
  expect(open.toSorted()).toEqual(closed.toSorted());
});

test("where a test ran does not show: another folder gives the same bytes", async () => {
  const text = `// RUN: not tgc print %t/a.tg\n// Missing.\n`;
  suite.write("a.tg", text);
  suite.write("b/a.tg", text);
  await suite.run("--bless", "./a.tg");
  expect(suite.read("a.tg.expected")).toContain("cannot read %t/a.tg: there is no such file");
  await suite.run("b", "--bless", "b/a.tg");
  expect(suite.read("b/a.tg.expected")).toBe(suite.read("a.tg.expected"));
});

test("every program of TESTING.md with a RUN line passes", async () => {
  const blocks = readFileSync(join(rootFolder, "TESTING.md"), "utf8").split(/\n(?! {4}|\n)/);
  const tests = blocks.flatMap((block) => {
    const code = block
      .split("\n")
      .filter((line) => line.startsWith("    "))
      .map((line) => line.slice(4))
      .join("\n");
    return /RUN: .*\n[\s\S]*graph /.test(code) ? [`${code}\n`] : [];
  });
  expect(tests.length).toBeGreaterThanOrEqual(2);
  for (const text of tests) expect([text, await suite.codes(text)]).toEqual([text, []]);
});

test("GitHub's problem matcher finds the diagnostics of a failure", async () => {
  const text = readFileSync(join(rootFolder, "samples/ci/tgc-problem-matcher.json"), "utf8");
  const { problemMatcher } = JSON.parse(text) as {
    readonly problemMatcher: readonly { readonly pattern: readonly { readonly regexp: string }[] }[];
  };
  const [title, place] = (problemMatcher[0]?.pattern ?? []).map(({ regexp }) => new RegExp(regexp));
  suite.write("a.tg", failing);
  const lines = (await suite.run()).out.split("\n");
  const index = lines.findIndex((line) => title?.test(line));
  expect(title?.exec(lines[index] ?? "")?.slice(1)).toEqual(["error", "E1408", "CHECK did not find `relu`"]);
  expect(place?.exec(lines[index + 1] ?? "")?.slice(1)).toEqual(["a.tg", "2", "11"]);
});
