import { ApiError } from "@/lib/api";

/** Whether a change was refused because somebody else has the name. */
export const isNameTaken = (error: unknown): boolean => error instanceof ApiError && error.code === "already_exists";
