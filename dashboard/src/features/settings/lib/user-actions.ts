import { AccountRole, type User } from "@/gen/smartroute/v1/admin_pb";

export type UserAction = "makeAdmin" | "makeViewer" | "resetPassword" | "removeTwoFactor" | "delete";

/**
 * What an admin may do with an account. One's own is managed on the account page; whether an admin is the last one is known to the
 * server alone, and said by it.
 */
export function actionsFor(user: Pick<User, "id" | "role" | "twoFactor">, ownId: string): UserAction[] {
  if (user.id === ownId) return [];
  const actions: UserAction[] = [user.role === AccountRole.ADMIN ? "makeViewer" : "makeAdmin", "resetPassword"];
  if (user.twoFactor) actions.push("removeTwoFactor");
  return [...actions, "delete"];
}
