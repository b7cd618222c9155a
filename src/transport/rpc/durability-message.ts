import { Durability as Message } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { Durability } from '../../service/session-service.ts';

const MESSAGES = {
  spooled: Message.SPOOLED,
  stored: Message.STORED,
  replicated: Message.REPLICATED,
  synced: Message.SYNCED,
} as const satisfies Record<Durability, Message>;

/** How safely something is kept, as messages say it. */
export function durabilityMessage(durability: Durability): Message {
  return MESSAGES[durability];
}
