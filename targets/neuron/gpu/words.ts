// A list of 32-bit words that grows in place: records of many executions, without an object for each number.

export interface Words {
  array: Uint32Array;
  count: number;
}

const minWords = 50;

export function makeWords(): Words {
  return { array: new Uint32Array(minWords), count: 0 };
}

/** Adds words; returns where the first of them is. */
export function addWords(words: Words, more: Uint32Array): number {
  const at = words.count;
  grow(words, at + more.length);
  for (let index = 0; index < more.length; index++) words.array[at + index] = more[index]!;
  return at;
}

export function addOne(words: Words, word: number): void {
  grow(words, words.count + 1);
  words.array[words.count - 1] = word;
}

function grow(words: Words, count: number): void {
  words.count = count;
  if (count <= words.array.length) return;
  const larger = new Uint32Array(Math.max(count, 2 * words.array.length));
  larger.set(words.array);
  words.array = larger;
}
