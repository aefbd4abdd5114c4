export { SetUpPage } from "./components/set-up-page";
export { SignInPage } from "./components/sign-in-page";
