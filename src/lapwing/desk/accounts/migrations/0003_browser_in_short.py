from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_sign_ins_and_tokens"),
    ]

    operations = [
        migrations.RemoveField(model_name="signin", name="session"),
        migrations.AlterField(
            model_name="signin", name="browser", field=models.CharField(blank=True, max_length=40)
        ),
    ]
