import { createHookPost } from "../hook/post.ts";
import { systemResolve, type TargetPolicy } from "../hook/target.ts";
import { pruneDeliveries } from "../store/hook-deliveries.ts";
import { withDatabase } from "../store/transaction.ts";
import { createHooks, type Hooks, type HooksDeps } from "./hooks.ts";
import { createHookSender, type HookSender, type SendHooksDeps } from "./send-hooks.ts";

export interface HookingDeps extends Omit<HooksDeps, "targets">, Omit<SendHooksDeps, "post"> {
  readonly allowPrivate: boolean;
  /** How names are resolved, where it is not as the operating system does. */
  readonly resolve?: TargetPolicy["resolve"] | undefined;
}

/** Everything about hooks: who is told, and the telling. */
export interface Hooking extends HookSender {
  readonly hooks: Hooks;
  /** Calls whatever is due now. */
  sendDue(): Promise<void>;
  /** Forgets deliveries that ended long ago. */
  prune(): Promise<void>;
}

/** How long the log of deliveries is kept; their bodies hold people's data. */
const KEPT_MS = 30 * 86_400_000;

export function createHooking({ allowPrivate, resolve = systemResolve, ...deps }: HookingDeps): Hooking {
  const targets = { allowPrivate, resolve };
  const sender = createHookSender({ ...deps, post: createHookPost(targets) });
  return {
    ...sender,
    hooks: createHooks({ ...deps, targets }),
    async sendDue() {
      while ((await sender.run()).more) await sender.idle();
    },
    prune: () =>
      withDatabase(() => pruneDeliveries(deps.database.prisma, new Date(deps.clock.now().getTime() - KEPT_MS))),
  };
}
