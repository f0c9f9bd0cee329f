/* Choice models: the likelihood at the maximum by hand, classes of new persons, and what is refused. */
#include "check.h"

enum { PERSONS = 40, TIMES = 5, ALTERNATIVES = 3, ROWS = PERSONS * TIMES * ALTERNATIVES, COLUMNS = 2 };

typedef struct data {
    double x[ROWS * COLUMNS];
    int64_t choice[ROWS], ids[ROWS], alts[ROWS], panels[ROWS];
} data;

/* Even persons like the first attribute, odd ones do not; what else they want looks random. */
static void make(data *a)
{
    for (int t = 0; t < PERSONS * TIMES; t++) {
        int person = t / TIMES, best = 0;
        double most = -1e9;
        for (int j = 0; j < ALTERNATIVES; j++) {
            int i = t * ALTERNATIVES + j;
            a->x[COLUMNS * i] = sin(1 + 7.3 * i);
            a->x[COLUMNS * i + 1] = 5 * cos(2 + 3.1 * i * i);
            double u = (person % 2 ? -1 : 1) * a->x[COLUMNS * i] - 0.1 * a->x[COLUMNS * i + 1] + sin(0.7 * i * i + i);
            if (u > most)
                most = u, best = j;
            a->ids[i] = t, a->alts[i] = j, a->panels[i] = 7 * person, a->choice[i] = 0;
        }
        a->choice[t * ALTERNATIVES + best] = 1;
    }
}

static lithe_handle fit(data *a, const char *options)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, ROWS, COLUMNS);
    lithe_handle found = 0;
    CHECK_STATUS(&run, lithe_choice_fit(&x, a->choice, a->ids, a->alts, NULL, a->panels, NULL, NULL, NULL, options, &run, &found),
                 LITHE_OK, NULL);
    CHECK(found != 0);
    return found;
}

/* log P of the choices of a person in a class: product over situations. */
static double log_of_class(data *a, int person, const double *beta)
{
    double log_p = 0;
    for (int t = person * TIMES; t < (person + 1) * TIMES; t++) {
        double sum = 0, chosen = 0;
        for (int i = t * ALTERNATIVES; i < (t + 1) * ALTERNATIVES; i++) {
            double u = a->x[COLUMNS * i] * beta[0] + a->x[COLUMNS * i + 1] * beta[1];
            sum += exp(u);
            if (a->choice[i])
                chosen = u;
        }
        log_p += chosen - log(sum);
    }
    return log_p;
}

static void two_classes(data *a)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, ROWS, COLUMNS);
    lithe_handle found = fit(a, "{\"n_classes\": 2, \"random_state\": \"5\"}"), again = 0;
    double *beta = array_of(found, "coefficients", 2, COLUMNS), *delta = array_of(found, "membership", 2, 1);
    double *posterior = array_of(found, "posterior", PERSONS, 2), *covariance = array_of(found, "covariance", 5, 5);
    int64_t *person = indices_of(found, "person", PERSONS);
    double alpha = 1 / (1 + exp(-delta[0])), total = 0;
    for (int n = 0; n < PERSONS; n++) {
        double p = alpha * exp(log_of_class(a, n, beta)), q = (1 - alpha) * exp(log_of_class(a, n, beta + COLUMNS));
        total += log(p + q);
        CHECK(fabs(posterior[2 * n] - p / (p + q)) < 1e-9 && person[n] == 7 * n);
    }
    CHECK(fabs(total - number_of(found, "log_likelihood")) < 1e-8);
    CHECK(number_of(found, "converged") == 1 && number_of(found, "parameters") == 5 && covariance[0] > 0);

    lithe_matrix b = doubles(beta, 2, COLUMNS), d = doubles(delta, 2, 1);
    CHECK_STATUS(&run, lithe_choice_posterior(&b, &d, &x, a->choice, a->ids, NULL, NULL, a->panels, NULL, NULL, &run, &again),
                 LITHE_OK, NULL);
    double *same = array_of(again, "posterior", PERSONS, 2);
    for (int i = 0; i < 2 * PERSONS; i++)
        CHECK(fabs(same[i] - posterior[i]) < 1e-9);

    double p[ROWS * 2], prior[2];
    lithe_matrix dst = doubles(p, ROWS, 2), one = doubles(prior, 1, 2), none = doubles(prior, 1, 0);
    CHECK_STATUS(&run, lithe_choice_probabilities(&b, &x, a->ids, NULL, NULL, &dst, &run), LITHE_OK, NULL);
    for (int k = 0; k < 2; k++)
        CHECK(fabs(p[k] + p[2 + k] + p[4 + k] - 1) < 1e-12);
    CHECK_STATUS(&run, lithe_choice_memberships(&d, &none, &one, &run), LITHE_OK, NULL);
    CHECK(fabs(prior[0] - alpha) < 1e-12 && fabs(prior[1] - 1 + alpha) < 1e-12);

    /* Files hold all that is known; a model can be made of its arrays as well. */
    char path[512], reports[2][4096];
    lithe_handle loaded = 0, made = 0;
    temporary_path(path, sizeof path, "lithe_test_choice.lithe");
    CHECK_STATUS(&run, lithe_choice_save(found, path, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_choice_load(path, &run, &loaded), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_report(found, reports[0], sizeof reports[0], NULL, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_report(loaded, reports[1], sizeof reports[1], NULL, &run), LITHE_OK, NULL);
    CHECK(strcmp(reports[0], reports[1]) == 0);
    double *read = array_of(loaded, "covariance", 5, 5), zero[PERSONS * 2] = {0};
    CHECK(memcmp(read, covariance, 25 * sizeof *read) == 0);
    lithe_matrix v = doubles(covariance, 5, 5), g = doubles(zero, 5, 1), q = doubles(posterior, PERSONS, 2), l = doubles(zero, PERSONS, 1);
    lithe_matrix shares = doubles(zero, 2, 1);
    int64_t index[] = {0, 1, 2, 3};
    CHECK_STATUS(&run, lithe_choice_new(&b, &d, &shares, index, &v, &v, &v, &g, &q, person, &l, &shares, "{\"hits\": 3}", &run, &made), LITHE_OK,
                 NULL);
    CHECK(number_of(made, "hits") == 3 && number_of(made, "persons") == PERSONS && number_of(made, "unbounded") == -1);
    CHECK_STATUS(&run, lithe_choice_save(made, path, &run), LITHE_OK, NULL);
    lithe_free(made);
    made = 0;
    index[3] = 5;
    CHECK_STATUS(&run, lithe_choice_new(&b, &d, &shares, index, &v, &v, &v, &g, &q, person, &l, &shares, NULL, &run, &made), LITHE_ESHAPE,
                 "parameter 5 of 5");
    CHECK_STATUS(&run, lithe_choice_save(again, path, &run), LITHE_EINVAL, "choice model");
    CHECK_STATUS(&run, lithe_softmix_load(path, &run, &made), LITHE_EFILE, "choice");
    CHECK(made == 0);
    remove(path);
    free(beta), free(delta), free(posterior), free(covariance), free(person), free(same), free(read);
    lithe_free(found), lithe_free(again), lithe_free(loaded);
}

static void refusals(data *a)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, ROWS, COLUMNS), narrow = doubles(a->x, ROWS, 1);
    lithe_handle found = 0;
    double p[ROWS];
    lithe_matrix dst = doubles(p, ROWS, 1), beta = doubles(a->x, 1, COLUMNS);
    CHECK_STATUS(&run, lithe_choice_fit(&x, NULL, a->ids, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &run, &found), LITHE_ESHAPE, "choice");
    CHECK_STATUS(&run, lithe_choice_fit(&x, a->choice, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &run, &found), LITHE_EINVAL,
                 "ids must not be NULL");
    CHECK_STATUS(&run, lithe_choice_fit(&x, a->choice, a->panels, a->alts, NULL, NULL, NULL, NULL, NULL, NULL, &run, &found),
                 LITHE_EINVAL, "twice");
    CHECK_STATUS(&run, lithe_choice_fit(&x, a->choice, a->ids, NULL, NULL, NULL, &x, NULL, NULL, NULL, &run, &found), LITHE_ESHAPE,
                 "weights must be");
    CHECK_STATUS(&run, lithe_choice_fit(&x, a->choice, a->ids, NULL, NULL, NULL, NULL, NULL, NULL, "{\"fixed\": [{\"class\": 4}]}", &run,
                 &found), LITHE_EINVAL, "fixed names class 4");
    CHECK_STATUS(&run, lithe_choice_probabilities(&beta, &narrow, a->ids, NULL, NULL, &dst, &run), LITHE_ESHAPE, "coefficients are 1 x 2");
    a->x[9] = NAN;
    CHECK_STATUS(&run, lithe_choice_fit(&x, a->choice, a->ids, NULL, NULL, NULL, NULL, NULL, NULL, "{\"columns\": [\"size\", \"price\"]}",
                 &run, &found), LITHE_EDATA, "case 1, column \"price\"");
    run.cancel = 1;
    CHECK_STATUS(&run, lithe_choice_fit(&x, a->choice, a->ids, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &run, &found), LITHE_ECANCELLED,
                 NULL);
    CHECK(found == 0);
}

void test_choice(void)
{
    static data a;
    make(&a);
    two_classes(&a);
    refusals(&a);
}
