// The types that the functions of the library take and give, and all that those are made of, so that each of them can be named. A test
// finds those that are missing.

export type { Affine, AffineTerm, Extent, Flag } from "../../ir-spec/affine.ts";
export type {
  AttrKind,
  AttrOf,
  AttrSpecs,
  AttrValue,
  AttrValues,
  AxesKind,
  AxisKind,
  BoolKind,
  ChoiceKind,
  DtypeKind,
  FloatKind,
  FloatsKind,
  GivenAttrValues,
  IntKind,
  IntsKind,
  NamesKind,
  PermKind,
} from "../../ir-spec/base/attr.ts";
export type { Dtype } from "../../ir-spec/base/dtype.ts";
export type { ErrorCode, Severity } from "../../ir-spec/base/errors/index.ts";
export type {
  BufferId,
  Id,
  KernelId,
  LoopId,
  NodeId,
  RingId,
  SemId,
  TensorId,
  ValueId,
} from "../../ir-spec/base/ids.ts";
export type { Memory } from "../../ir-spec/base/memory.ts";
export type { Diagnostic, Fix, Note, Problem, Result } from "../../ir-spec/base/result.ts";
export type { Position, Source, Span } from "../../ir-spec/base/span.ts";
export type { Shape, Tensor, TensorType } from "../../ir-spec/base/tensor.ts";
export type { FusionMode } from "../../ir-spec/fusion-mode.ts";
export type {
  CallOf,
  Graph,
  GraphResult,
  KernelInfo,
  Node,
  NodeOf,
  Param,
  ParamKind,
  StateUpdate,
  UseOf,
  ValueInfo,
} from "../../ir-spec/graph.ts";
export type { Machine, MachineKey } from "../../ir-spec/machine.ts";
export type { EnergyKey, MachineEnergy } from "../../ir-spec/machine-energy.ts";
export type { AtLeastOne } from "../../ir-spec/ops/define.ts";
export type { AttrsOf, GivenAttrs, OpName } from "../../ir-spec/ops/index.ts";
export type { KernelSchedule, Schedule } from "../../ir-spec/schedule.ts";
export type {
  Access,
  AccessDim,
  EngineHint,
  TensorRole,
  TileAlloc,
  TileBuffer,
  TileCallOf,
  TileKernel,
  TileLoop,
  TileNode,
  TileNodeMore,
  TileNodeOf,
  TileProgram,
  TileStatement,
} from "../../ir-spec/tile.ts";
export type { ForOperands, TileOperand } from "../../ir-spec/tile-ops/define.ts";
export type { ForTileOperands, GivenTileAttrs, TileOpName } from "../../ir-spec/tile-ops/index.ts";
export type { Remark } from "../../passes/pass.ts";
export type {
  GpuAdapterInfo,
  GpuAvailability,
  GpuBinding,
  GpuBuffer,
  GpuCopy,
  GpuDispatch,
  GpuFailure,
  GpuFeatureName,
  GpuFound,
  GpuHost,
  GpuJob,
  GpuLimitName,
  GpuLimits,
  GpuModule,
  GpuPart,
  GpuPartDone,
  GpuPartResult,
  GpuPlace,
  GpuResult,
  GpuSession,
  GpuStep,
  GpuSuccess,
  GpuWrite,
} from "../../targets/gpu-host/gpu.ts";
export type { CheckReport as StreamCheckReport, RedundantToken } from "../../targets/neuron/check/check.ts";
export type { GraphFloor } from "../../targets/neuron/graph-floor.ts";
export type { InstName } from "../../targets/neuron/isa/index.ts";
export type {
  ActionReport,
  BoundReport,
  EngineReport,
  KernelReport,
  MacKind,
  QueueReport,
  ReportUnit,
  RunReport,
  TensorTraffic,
  TraceEvent,
  TrafficReport,
  Wait,
} from "../../targets/neuron/sim/report.ts";
export type { SimulateResult } from "../../targets/neuron/sim/simulate.ts";
export type {
  Address,
  Argument,
  ChipOperand,
  EngineName,
  HbmOperand,
  Instruction,
  Operand,
  OperandDim,
  Placement,
  QueueName,
  QueueProgram,
  Ring,
  RingTerm,
  Semaphore,
  Stream,
  StreamItem,
  StreamKernel,
  StreamLoop,
  StreamTensor,
} from "../../targets/neuron/stream.ts";
export type { TextPlace } from "../../targets/neuron/without-tokens.ts";
export type {
  BufferContent,
  PlanBuffer,
  PlanCopy,
  PlanDispatch,
  PlanPort,
  PlanStep,
  WgslModule,
  WgslPlan,
  WgslType,
} from "../../targets/webgpu/plan.ts";
export type { Cause, Reason } from "../compare/reasons.ts";
export type { CompareRun, Dims, FittingRun, RunName, UnfittingRun } from "../compare/run.ts";
export type { ChangedLine, NormalChange } from "../diff/normal/change.ts";
export type {
  DiffReport,
  DiffStage,
  Figure,
  Parting,
  Renaming,
  ValueDifference,
  ValuesFinding,
  Verdict,
} from "../diff/report.ts";
export type { CheckedExactly, CheckedExecutor, CheckedOutput, CheckReport } from "../driver/check.ts";
export type { Comparison, Worst } from "../driver/compare.ts";
export type { EnergyEstimate } from "../driver/energy.ts";
export type { ExecutorName } from "../driver/executors.ts";
export type { FixedProgram } from "../driver/fix.ts";
export type { Bound, KernelProfile, Profile, Roofline, Traffic } from "../driver/profile.ts";
export type { StageName } from "../driver/targets.ts";
export type { Strategy } from "../driver/tiling-strategy.ts";
export type { RedundantTokens, TokenCosts, TokenPlace } from "../driver/token-costs.ts";
export type { Keep } from "../find/shrink/keep.ts";
export type { ShrinkReport } from "../find/shrink/shrink.ts";
export type {
  CauseKind,
  CheckedStage,
  FirstElement,
  FoundOp,
  StageName as WrongStage,
  WhyWrong,
} from "../find/why-wrong/report.ts";
export type { DiagnosticJson, PlaceJson } from "../report/diagnostics.ts";
export type { TensorFileFormat } from "../tensors/formats.ts";
export type {
  Arg,
  AssignStmt,
  AstModule,
  BracketExpr,
  CallExpr,
  DefDecl,
  DefParam,
  DimDecl,
  ErrorExpr,
  Expr,
  ForStmt,
  GraphDecl,
  Ident,
  IndexExpr,
  InfixExpr,
  InfixOperator,
  Item,
  KernelStmt,
  ListExpr,
  NameExpr,
  NegateExpr,
  NumberExpr,
  ParamDecl,
  ResultDecl,
  ReturnStmt,
  ScheduleDecl,
  ScheduleEntry,
  ScheduleKernel,
  Stmt,
  StringExpr,
  Target as SyntaxTarget,
  TypeExpr,
  WordExpr,
} from "../text/ast.ts";
export type { GraphMaker } from "./build.ts";
export type { CompareOptions, CompareResult } from "./compare.ts";
export type { Compiled, CompileOptions, Emitted, LoweredTiles, ProgramOf, TilingOptions } from "./compile.ts";
export type { DiffOptions } from "./diff.ts";
export type { ShrinkOptions, WhyWrongOptions } from "./find.ts";
export type { ParsedSchedule, ParseOptions } from "./parse.ts";
export type { PrintOptions } from "./print.ts";
export type { DiagnosticsError } from "./result.ts";
export type { CheckOptions, InputOptions, RunOptions, RunResult } from "./run.ts";
export type { Program } from "./stage.ts";
export type { DefaultTarget, MachineFile, TargetChoice } from "./target.ts";
export type { StoredArray } from "./tensors.ts";
export type { TraceOptions } from "./trace.ts";
export type { TuneOptions, TuneResult } from "./tune.ts";
