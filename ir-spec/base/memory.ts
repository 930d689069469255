// The named memories of the machine: HBM off chip, SBUF and PSUM on chip.

export type Memory = "hbm" | "sbuf" | "psum";
