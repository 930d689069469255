// Mappings of products whose access counts their tools printed. The files are written here; loops and figures are the tools'.

/** Of a level and tensor: reads, fills, updates and, for ZigZag, drains. */
export type Published = Readonly<Record<string, readonly number[]>>;

export interface PublishedMapping {
  readonly source: string;
  readonly text: string;
  readonly counts: Published;
}

const gemm = (m: number, n: number, k: number): string => `problem:
  shape:
    dimensions: [M, N, K]
    data_spaces:
      - { name: A, projection: [[[M]], [[K]]] }
      - { name: B, projection: [[[N]], [[K]]] }
      - { name: Z, projection: [[[M]], [[N]]], read_write: true }
  instance: { M: ${m}, N: ${n}, K: ${k} }
`;

const twoLevels = (name: string, outer: string, inner: string): string => `${gemm(8, 8, 8)}
architecture:
  subtree:
    - name: system
      local:
        - { name: BackingStorage, class: SRAM }
        - { name: "Buffer[1..1]", class: regfile }
        - { name: "mac[1..1]", class: intmac }
mapping: # ${name}
  - { target: BackingStorage, type: temporal, factors: ${outer} }
  - { target: Buffer, type: temporal, factors: ${inner}, permutation: MNK }
  - { target: Buffer, type: bypass, bypass: [A] }
`;

export const timeloopMappings: readonly PublishedMapping[] = [
  {
    source:
      "github.com/Accelergy-Project/timeloop-accelergy-exercises at 2d55108, tutorial_exercises/02_interface_and_design_space_exploration_2024/outputs/timeloop-mapper.stats.txt: a convolution of 1 x 1, whose partial sums go to DRAM and back",
    text: `problem:
  shape:
    dimensions: [C, M, R, S, N, P, Q, G]
    data_spaces:
      - { name: Weights, projection: [[[C]], [[M]], [[R]], [[S]], [[G]]] }
      - { name: Inputs, projection: [[[N]], [[C]], [[R, Wd], [P, Ws]], [[S, Hd], [Q, Hs]], [[G]]] }
      - { name: Outputs, projection: [[[N]], [[M]], [[Q]], [[P]], [[G]]], read_write: true }
  instance: { C: 128, M: 128, R: 1, S: 1, N: 32, P: 128, Q: 128, G: 1 }
architecture:
  nodes:
    - !Component { name: DRAM, class: DRAM }
    - !Component { name: buffer, class: SRAM }
    - !Container { name: inter_PE_spatial, spatial: { meshX: 8 } }
    - !Component { name: mac, class: intmac }
mapping:
  - { target: inter_PE_spatial, type: spatial, factors: [C1, M8, N1], permutation: [M, C, R, S, N, P, Q, G] }
  - { target: inter_PE_spatial, type: temporal, factors: "" }
  - { target: buffer, type: temporal, factors: C64 M8 Q32, permutation: MQCRSNPG }
  - { target: DRAM, type: temporal, factors: C2 M2 N32 P128 Q4, permutation: PQMNCRSG }
`,
    counts: {
      "DRAM Weights": [524288, 0, 0],
      "buffer Weights": [8589934592, 524288, 0],
      "DRAM Inputs": [134217728, 0, 0],
      "buffer Inputs": [134217728, 134217728, 0],
      "DRAM Outputs": [67108864, 0, 134217728],
      "buffer Outputs": [8522825728, 67108864, 8589934592],
    },
  },
  {
    source:
      "ibid., example_designs/sparseloop/02.2.1-spMspM, algorithmic accesses; the left operand bypasses the buffer",
    text: twoLevels("untiled", "K=1 M=1 N=1", "K=8 M=8 N=8"),
    counts: {
      "BackingStorage A": [512, 0, 0],
      "BackingStorage B": [64, 0, 0],
      "Buffer B": [512, 64, 0],
      "BackingStorage Z": [0, 0, 64],
      "Buffer Z": [448, 0, 512],
    },
  },
  {
    source: "ibid., example_designs/sparseloop/02.2.2-spMspM-tiled, algorithmic accesses",
    text: twoLevels("tiled", "N=4", "K=8 M=8 N=2"),
    counts: {
      "BackingStorage A": [512, 0, 0],
      "BackingStorage B": [64, 0, 0],
      "Buffer B": [512, 64, 0],
      "BackingStorage Z": [0, 0, 64],
      "Buffer Z": [448, 0, 512],
    },
  },
  {
    source: "ibid., example_designs/sparse_tensor_core_like: two levels of units side by side",
    text: `${gemm(64, 1, 1)}
architecture:
  nodes:
    - { name: DRAM, class: DRAM }
    - { name: SMEM, class: SRAM }
    - { name: inter_Subpartition_spatial, class: dummy_storage }
    - { name: RF, class: regfile }
    - { name: inter_PE_spatial, class: dummy_storage }
    - { name: LRF, class: regfile }
mapping:
  - { target: LRF, type: datatype, keep: [A], bypass: [B, Z] }
  - { target: RF, type: datatype, keep: [Z], bypass: [A, B] }
  - { target: SMEM, type: datatype, keep: [A, B], bypass: [Z] }
  - { target: LRF, type: temporal, factors: M1 N1 K1, permutation: MNK }
  - { target: inter_PE_spatial, type: spatial, factors: M16 N1 K1, permutation: MNK }
  - { target: inter_Subpartition_spatial, type: spatial, factors: M4 N1 K1, permutation: MNK }
  - { target: DRAM, type: temporal, factors: M1, permutation: MNK }
`,
    counts: {
      "DRAM A": [64, 0, 0],
      "SMEM A": [64, 64, 0],
      "LRF A": [1, 1, 0],
      "DRAM B": [1, 0, 0],
      "SMEM B": [1, 1, 0],
      "DRAM Z": [0, 0, 64],
      "RF Z": [0, 0, 16],
    },
  },
];

interface ZigzagLoops {
  readonly sizes: readonly [d0: number, d1: number, d2: number];
  readonly memories: Readonly<Record<"O" | "I" | "W", readonly string[]>>;
  /** Innermost memory and loop first. */
  readonly temporal: Readonly<Record<"O" | "I" | "W", readonly (readonly string[])[]>>;
}

/** As ZigZag saves an evaluation on its array of 8 x 8 x 8, where sums of one column of units are added up in one register. */
function zigzagText({ sizes: [D0, D1, D2], memories, temporal }: ZigzagLoops): string {
  const levels = (names: readonly string[]): readonly string[] =>
    names.map((name) => `MemoryLevel(instance=${name},operands=[I1, I2, O], served_dimensions={D1})`);
  const outer = (count: number): readonly never[][] => Array.from({ length: count }, () => []);
  const all = ["(D0, 8)", "(D2, 8)", "(D1, 8)"];
  return JSON.stringify({
    inputs: {
      layer: {
        equation: "O[d0][d1] = I[d0][d2] * W[d2][d1]",
        loop_dimensions: { D0, D1, D2 },
        memory_operand_links: { O: "O", W: "I2", I: "I1" },
      },
      accelerator: {
        mem_hierarchy_dict: { O: levels(memories.O), I1: levels(memories.I), I2: levels(memories.W) },
      },
      spatial_mapping: {
        O: [["(D2, 8)"], ["(D0, 8)", "(D1, 8)"], ...outer(memories.O.length - 1)],
        I: [all, ...outer(memories.I.length)],
        W: [all, ...outer(memories.W.length)],
      },
      temporal_mapping: temporal,
    },
  });
}

export const zigzagMappings: readonly PublishedMapping[] = [
  {
    source:
      "ZigZag 3.8.5 (github.com/KULeuven-MICAS/zigzag at 3d12a96) run on its own test_gemm_l1 (energy 511349.76, latency 8191, as the test says), elements moved in each of the four directions",
    text: zigzagText({
      sizes: [128, 128, 128],
      memories: { O: ["reg_O", "l1"], I: ["l1"], W: ["l1"] },
      temporal: {
        O: [[], ["(D1, 16)", "(D2, 16)", "(D0, 16)"]],
        I: [["(D1, 16)", "(D2, 16)", "(D0, 16)"]],
        W: [["(D1, 16)", "(D2, 16)", "(D0, 16)"]],
      },
    }),
    counts: {
      "l1 I": [16384, 0, 0, 0],
      "l1 W": [262144, 0, 0, 0],
      "l1 O": [245760, 0, 262144, 0],
      "reg_O O": [245760, 245760, 262144, 262144],
    },
  },
  {
    source: "ibid., run on 256 x 512 x 1024 with its gemm_l1_l3: each operand's tile begins at another loop",
    text: zigzagText({
      sizes: [256, 512, 1024],
      memories: { O: ["reg_O", "l1", "l3"], I: ["l1", "l3"], W: ["l1", "l3"] },
      temporal: {
        O: [["(D2, 4)"], ["(D1, 8)", "(D2, 8)", "(D0, 4)", "(D1, 8)", "(D2, 4)"], ["(D0, 8)"]],
        I: [["(D2, 4)", "(D1, 8)", "(D2, 8)", "(D0, 4)", "(D1, 8)", "(D2, 4)"], ["(D0, 8)"]],
        W: [
          ["(D2, 4)", "(D1, 8)", "(D2, 8)", "(D0, 4)"],
          ["(D1, 8)", "(D2, 4)", "(D0, 8)"],
        ],
      },
    }),
    counts: {
      "l3 I": [262144, 0, 0, 0],
      "l1 I": [16777216, 262144, 0, 0],
      "l3 W": [4194304, 0, 0, 0],
      "l1 W": [16777216, 4194304, 0, 0],
      "l3 O": [0, 0, 131072, 0],
      "l1 O": [4063232, 0, 4194304, 131072],
      "reg_O O": [16646144, 4063232, 16777216, 4194304],
    },
  },
];
