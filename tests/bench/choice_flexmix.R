# Latent classes of a survey by flexmix's conditional logits, one start by EM: arguments are a CSV file with columns chosen,
# situation (from 1), person and the attributes, the number of classes and of repetitions after a first. Prints the log-likelihood,
# processor seconds and seconds, the latter two as medians. flexmix has no standard errors without a second fit.
suppressMessages({library(flexmix); library(survival)})
given <- commandArgs(trailingOnly = TRUE)
d <- read.csv(given[1])
attributes <- setdiff(names(d), c("chosen", "situation", "person"))
model <- FLXMRcondlogit(strata = ~ situation)
formula <- as.formula(paste("chosen ~ 0 +", paste(attributes, collapse = " + "), "| person"))
times <- c()
for (i in 0:as.integer(given[3])) {
  set.seed(i)
  t <- system.time(m <- flexmix(formula, data = d, k = as.integer(given[2]), model = model))
  if (i > 0) times <- rbind(times, c(t[["user.self"]] + t[["sys.self"]], t[["elapsed"]], as.numeric(logLik(m))))
}
cat(max(times[, 3]), median(times[, 1]), median(times[, 2]), "\n")
